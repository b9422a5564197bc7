//! The table of who reaches whom: every direction by every protocol in every kind of network.

use std::net::Ipv4Addr;

use causeway_tests::table::Table;

use super::cast::{Asker, Stage, address, gateway};

/// Where servers listen in containers, and on the node and the client.
const PORT: u16 = 8000;
const ON_HOST: u16 = 8001;

/// A kind of network: its column, the options of a container there, whether ports can be published.
struct Kind {
    column: &'static str,
    options: &'static str,
    /// The container's port as the node's.
    published: Option<u16>,
    /// Reaches the outside.
    outside: bool,
    /// Reaches its neighbours.
    neighbours: bool,
    /// Has a network at all.
    connected: bool,
}

const KINDS: [Kind; 5] = [
    Kind {
        column: "bridge",
        options: "--network lan",
        published: Some(9001),
        outside: true,
        neighbours: true,
        connected: true,
    },
    Kind {
        column: "internal",
        options: "--network closed",
        published: None,
        outside: false,
        neighbours: true,
        connected: true,
    },
    Kind {
        column: "icc off",
        options: "--network quiet",
        published: Some(9002),
        outside: true,
        neighbours: false,
        connected: true,
    },
    Kind {
        column: "default",
        options: "",
        published: Some(9003),
        outside: true,
        neighbours: true,
        connected: true,
    },
    Kind {
        column: "none",
        options: "--network none",
        published: None,
        outside: false,
        neighbours: false,
        connected: false,
    },
];

fn stage() -> Stage {
    let stage = Stage::new();
    for network in [
        "-d bridge lan",
        "-d bridge --internal closed",
        "-d bridge -o com.docker.network.bridge.enable_icc=false quiet",
    ] {
        stage.node().cw(&format!("network create {network}")).unwrap();
    }
    stage.run("other", "--network lan", "exec sleep 900");
    stage
}

/// One row's three tries in one column.
fn tries(
    table: &mut Table,
    (row, column): (&str, &str),
    asker: Asker<'_>,
    to: (Ipv4Addr, u16),
    wanted: [bool; 3],
) {
    let got = [asker.tcp(to.0, to.1), asker.udp(to.0, to.1), asker.icmp(to.0)];
    for ((protocol, got), wanted) in ["tcp", "udp", "icmp"].iter().zip(got).zip(wanted) {
        table.note(&format!("{row} {protocol}"), column, got, wanted);
    }
}

/// As [`tries`], of a published port: what answers a ping there is the node.
fn tries_port(table: &mut Table, (row, column): (&str, &str), asker: Asker<'_>, to: (Ipv4Addr, u16)) {
    for (protocol, got) in [("tcp", asker.tcp(to.0, to.1)), ("udp", asker.udp(to.0, to.1))] {
        table.note(&format!("{row} {protocol}"), column, got, true);
    }
}

fn publish(kind: &Kind) -> String {
    let port = |port: u16| format!("-p {port}:{PORT} -p {port}:{PORT}/udp");
    kind.published.map(port).unwrap_or_default()
}

#[test]
fn everyone_reaches_whom_they_should_and_nobody_else() {
    let (stage, mut table) = (stage(), Table::default());
    let _on_node = stage.serve(&stage.node().netns, ON_HOST);
    let _outside = stage.serve(&stage.lab.client().netns, ON_HOST);
    for kind in &KINDS {
        column(&stage, &mut table, kind);
    }
    modes(&stage, &mut table);
    table.check();
}

fn column(stage: &Stage, table: &mut Table, kind: &Kind) {
    let word = kind.column.replace(' ', "");
    let (server, client) = (format!("server{word}"), format!("client{word}"));
    let serving = format!("{} {}", kind.options, publish(kind));
    let inspected = stage.run(&server, &serving, &stage.servers(PORT));
    stage.run(&client, kind.options, "exec sleep 900");
    let (node, outside) = (stage.node().address(), stage.lab.client().address());
    let asker = Asker::Container(stage, &client);
    let host = Asker::Host(&stage.node().netns);
    let mut row = |row, asker, to, wanted: bool| tries(table, (row, kind.column), asker, to, [wanted; 3]);
    if let Some(addr) = address(&inspected) {
        row("same node", asker, (addr, PORT), kind.neighbours);
        row("host->container", host, (addr, PORT), true);
    }
    let gateway = gateway(&inspected).unwrap_or(node);
    row("container->host", asker, (gateway, ON_HOST), kind.connected);
    row("container->outside", asker, (outside, ON_HOST), kind.outside);
    if kind.column != "bridge" {
        let other = address(&stage.inspect("other")).unwrap();
        table.note("other network icmp", kind.column, asker.icmp(other), false);
    }
    if let Some(port) = kind.published {
        let to = (node, port);
        let mut row = |row, asker| tries_port(table, (row, kind.column), asker, to);
        row("outside->published", Asker::Host(&stage.lab.client().netns));
        row("node->published", host);
        row("container->published", Asker::Container(stage, "other"));
        row("neighbour->published", asker);
        row("hairpin", Asker::Container(stage, &server));
    }
}

/// The modes without a network of their own.
fn modes(stage: &Stage, table: &mut Table) {
    stage.run("asthehost", "--network host", &stage.servers(8005));
    stage.run("shared", "--network container:serverbridge", "exec sleep 900");
    let (node, outside) = (stage.node().address(), stage.lab.client().address());
    let of = |name: &str| address(&stage.inspect(name)).unwrap();
    // A server on all addresses answers a datagram from the one nearest to the asker: the gateway.
    let gateway = gateway(&stage.inspect("serverbridge")).unwrap();
    let (host, shared) = (Asker::Container(stage, "asthehost"), Asker::Container(stage, "shared"));
    let other = Asker::Container(stage, "other");
    let mut row = |row, asker, to| tries(table, (row, "host"), asker, to, [true; 3]);
    row("host->container", host, (of("serverbridge"), PORT));
    row("container->host", host, (node, ON_HOST));
    row("container->outside", host, (outside, ON_HOST));
    row("container->published", other, (gateway, 8005));
    let mut row = |row, asker, to| tries(table, (row, "container:"), asker, to, [true; 3]);
    row("same node", other, (of("serverbridge"), PORT));
    row("own server", shared, (Ipv4Addr::LOCALHOST, PORT));
    row("container->host", shared, (gateway, ON_HOST));
    row("container->outside", shared, (outside, ON_HOST));
    tries_port(table, ("outside->published", "host"), Asker::Host(&stage.lab.client().netns), (node, 8005));
    tries_port(table, ("hairpin", "container:"), shared, (node, 9001));
}
