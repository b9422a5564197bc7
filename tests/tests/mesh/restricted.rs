//! Ports that are published at some of the nodes' addresses only (`--address`): elsewhere they are the host's,
//! as if nobody published them.

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddrV4, TcpListener},
};

use causeway_lab::{Netns, ip};

use super::{
    cast::{Cluster, Container, PORT},
    server::Server,
    talk,
};

/// A second address of node 1, which the outside reaches, too.
const SECOND: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 51);

/// A service whose one backend is on node 2, and a client's container on node 1.
struct Scene {
    cluster: Cluster,
    client: Container,
    _server: (Container, Server),
}

impl Scene {
    fn set(options: &str) -> Self {
        let cluster = Cluster::of(2);
        ip::ip(&cluster.node(1).netns, &format!("addr add {SECOND}/24 dev eth0")).unwrap();
        cluster.publish(PORT, options, "shop");
        let server = cluster.server(2, "server", "--service shop");
        let client = cluster.container(1, "client", "");
        cluster.becomes("shop", "server", "active");
        Self { cluster, client, _server: server }
    }

    fn node(&self, number: usize) -> &Netns {
        &self.cluster.node(number).netns
    }

    /// It answers there, by both protocols.
    fn answers(&self, from: &Netns, at: Ipv4Addr) {
        let to = SocketAddrV4::new(at, PORT);
        for answer in [talk::ask(from, to), talk::send(from, to)] {
            assert_eq!(answer.unwrap().server, "server", "{} -> {to}", from.name());
        }
    }

    /// The host says that nobody is there, as of any port that is not published.
    fn is_the_hosts(&self, from: &Netns, at: Ipv4Addr) {
        let to = SocketAddrV4::new(at, PORT);
        let refused = |result: io::Result<_>| result.map(|_: talk::Answer| ()).unwrap_err().kind();
        assert_eq!(refused(talk::ask(from, to)), ErrorKind::ConnectionRefused, "{} -> {to}", from.name());
        let datagram = talk::exchange(&talk::udp_to(from, to));
        assert_eq!(refused(datagram), ErrorKind::ConnectionRefused, "{} -> {to}, udp", from.name());
    }
}

#[test]
fn at_127_0_0_1_a_port_is_the_nodes_own_processes() {
    let scene = Scene::set("--address 127.0.0.0/8");
    for node in 1..=2 {
        let address = scene.cluster.node(node).address();
        scene.answers(scene.node(node), Ipv4Addr::LOCALHOST);
        for from in [scene.node(node), scene.cluster.outside(), &scene.client.netns] {
            scene.is_the_hosts(from, address);
        }
    }
    scene.cluster.assert_no_drops();
}

#[test]
fn at_one_address_of_a_node_a_port_is_there_and_nowhere_else() {
    let scene = Scene::set(&format!("--address {SECOND}"));
    let everyone = [scene.node(1), scene.node(2), scene.cluster.outside(), &scene.client.netns];
    for from in everyone {
        scene.answers(from, SECOND);
        scene.is_the_hosts(from, scene.cluster.node(1).address());
        scene.is_the_hosts(from, scene.cluster.node(2).address());
    }
    scene.is_the_hosts(scene.node(1), Ipv4Addr::LOCALHOST);
    scene.cluster.assert_no_drops();
}

#[test]
fn by_a_subnet_the_nodes_addresses_there_are_meant_and_an_update_moves_them() {
    let scene = Scene::set("--address 127.0.0.0/8");
    scene.is_the_hosts(scene.cluster.outside(), scene.cluster.node(1).address());
    scene.cluster.cw(1, "service update --address 198.18.0.0/24 shop");
    for node in 1..=2 {
        scene.answers(scene.cluster.outside(), scene.cluster.node(node).address());
        scene.is_the_hosts(scene.node(node), Ipv4Addr::LOCALHOST);
    }
    let shown = scene.cluster.cw(2, "service inspect shop");
    assert!(shown.contains("\"Addresses\"") && shown.contains("198.18.0.0/24"), "{shown}");
    scene.cluster.assert_no_drops();
}

#[test]
fn where_it_is_not_published_the_host_may_have_the_port_itself() {
    let scene = Scene::set("--address 127.0.0.0/8");
    let bind = |at| scene.node(1).run(|| TcpListener::bind((at, PORT))).unwrap();
    for taken in [Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED] {
        assert_eq!(bind(taken).unwrap_err().kind(), ErrorKind::AddrInUse, "{taken}");
    }
    let own = bind(scene.cluster.node(1).address()).unwrap();
    talk::connect(scene.cluster.outside(), scene.cluster.at(1, PORT)).unwrap();
    own.set_nonblocking(true).unwrap();
    causeway_lab::wait::until("it is the host's", super::cast::SOON, || Ok(own.accept().is_ok())).unwrap();
}
