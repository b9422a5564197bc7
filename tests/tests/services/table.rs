//! The table of who reaches a service, by which name, by which protocol, in which kind of network.

use std::net::Ipv4Addr;

use causeway_lab::Netns;
use causeway_tests::table::Table;

use super::{
    cast::{Cluster, Container},
    dig::dig,
    talk,
};

/// Who asks, and whether a backend that it can reach is on its node.
struct Asker<'a> {
    row: &'static str,
    netns: &'a Netns,
    /// Where it can ask for names.
    names: Option<&'a Container>,
    /// Reaches the service at all.
    wanted: bool,
}

fn member<'a>(row: &'static str, container: &'a Container) -> Asker<'a> {
    Asker { row, netns: &container.netns, names: Some(container), wanted: true }
}

/// Whether somebody in a namespace is answered by an address.
type Try = fn(&Netns, Ipv4Addr) -> bool;

/// Tries one address by everything.
fn tries(table: &mut Table, asker: &Asker<'_>, column: &str, to: Option<Ipv4Addr>) {
    let by = |tried: Try| to.is_some_and(|to| tried(asker.netns, to));
    let protocols: [(&str, Try); 4] = [
        ("tcp", |netns, to| talk::ask(netns, to).is_ok()),
        ("udp connected", |netns, to| talk::exchange(&talk::udp_to(netns, to)).is_ok()),
        ("udp", |netns, to| {
            talk::exchange_with(&talk::udp(netns), to).is_ok_and(|(_, from)| from.ip() == to)
        }),
        ("icmp", |netns, to| {
            let line = format!("-c1 -W1 {to}");
            causeway_lab::ip::words(netns, "ping", &line).is_ok()
        }),
    ];
    for (protocol, tried) in protocols {
        // A host's ping to a service is no conversation with anybody.
        if protocol == "icmp" && asker.names.is_none() {
            continue;
        }
        table.note(&format!("{} {protocol}", asker.row), column, by(tried), asker.wanted);
    }
}

/// One kind of network: a service with an address and one without, with a backend on node 1.
fn column(cluster: &Cluster, table: &mut Table, kind: &str, options: &str) {
    let word = format!("net{}", kind.replace(' ', ""));
    cluster.cw(1, &format!("network create {options} {word}"));
    cluster.service(&word, "", &format!("vip{word}"));
    cluster.cw(1, &format!("service create --network {word} --endpoint-mode dnsrr rr{word}"));
    let joined = format!("--network {word} --service vip{word} --service rr{word}");
    let server = cluster.server(1, &format!("server{word}"), &joined);
    let near = cluster.client(1, &format!("near{word}"), &format!("--network {word}"));
    let stranger = cluster.client(1, &format!("stranger{word}"), "--network elsewhere");
    let far = (!kind.contains("bridge"))
        .then(|| cluster.client(2, &format!("far{word}"), &format!("--network {word}")));
    let guest = format!("{}-{word}", cluster.lab.layout().prefix);
    let guest = Netns::create(&guest).unwrap();
    cluster.cw(1, &format!("attach --netns {} --network {word} guest{word}", guest.path().display()));
    let attached = cluster.inspected(1, &format!("guest{word}"));
    let vip = cluster.vip(&format!("vip{word}"));
    let mut askers = vec![
        member("container, backend here", &near),
        member("the backend itself", &server),
        member("attached, backend here", &attached),
        Asker { row: "other network", netns: &stranger.netns, names: Some(&stranger), wanted: false },
        Asker { row: "host, backend here", netns: &cluster.node(1).netns, names: None, wanted: true },
    ];
    askers.extend(far.as_ref().map(|far| member("container, backend there", far)));
    for asker in &askers {
        tries(table, asker, &format!("{kind} VIP"), Some(vip));
        let Some(names) = asker.names else { continue };
        for (name, what) in [
            (format!("vip{word}"), "name"),
            (format!("tasks.vip{word}"), "tasks."),
            (format!("rr{word}"), "dnsrr"),
        ] {
            let found = dig(names, &name).values().first().and_then(|value| value.parse().ok());
            tries(table, asker, &format!("{kind} {what}"), found);
        }
    }
}

#[test]
fn everyone_reaches_the_services_that_they_should_and_nobody_else() {
    let cluster = Cluster::of(2);
    let mut table = Table::default();
    cluster.overlay("elsewhere");
    for (kind, options) in [
        ("overlay", "-d overlay"),
        ("internal", "-d overlay --internal"),
        ("bridge", "-d bridge"),
        ("closed bridge", "-d bridge --internal"),
    ] {
        column(&cluster, &mut table, kind, options);
    }
    table.check();
}
