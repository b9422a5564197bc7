//! UDP conversations whose backend goes and comes back: the first packet after the change is right.

use std::{net::Ipv4Addr, thread, time::Duration};

use super::{
    cast::{Cluster, Container},
    talk,
};

/// Servers on nodes 1 and 2 behind one service, and clients on nodes 1 and 3.
fn scene() -> (Cluster, Ipv4Addr, [Container; 2]) {
    let cluster = Cluster::of(3);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    for (node, name) in [(1, "one"), (2, "two")] {
        cluster.server(node, name, "--network web --service shop");
    }
    let clients = [(1, "near"), (3, "far")].map(|(node, name)| cluster.client(node, name, "--network web"));
    (cluster, vip, clients)
}

/// Connected sockets, as many to each backend as it takes, and with whom each talks.
fn conversations(client: &Container, vip: Ipv4Addr) -> Vec<(std::net::UdpSocket, String)> {
    let sockets = (0..16).map(|_| talk::udp_to(&client.netns, vip));
    sockets.map(|socket| (talk::exchange(&socket).unwrap(), socket)).map(|(a, s)| (s, a.server)).collect()
}

#[test]
fn connected_sockets_go_on_with_another_backend_at_the_next_packet() {
    let (cluster, vip, clients) = scene();
    let all: Vec<_> = clients.iter().flat_map(|client| conversations(client, vip)).collect();
    assert!(all.iter().any(|(_, server)| server == "one") && all.iter().any(|(_, server)| server == "two"));
    cluster.kill(&cluster.inspected(1, "one"));
    thread::sleep(Duration::from_millis(200));
    for (socket, server) in &all {
        // No packet is lost first, and none is sent twice: one question, one answer.
        let answer = talk::exchange(socket);
        assert_eq!(
            answer.map(|a| a.server).ok().as_deref(),
            Some("two"),
            "a socket that talked with {server}"
        );
        assert_eq!(socket.peer_addr().unwrap().ip(), vip);
    }
    cluster.cw(1, "rm one");
    cluster.server(1, "one", "--network web --service shop");
    cluster.kill(&cluster.inspected(2, "two"));
    thread::sleep(Duration::from_millis(200));
    for (socket, _) in &all {
        assert_eq!(talk::exchange(socket).map(|a| a.server).ok().as_deref(), Some("one"));
    }
}

#[test]
fn sockets_that_are_not_connected_go_on_with_another_backend_at_the_next_packet() {
    let (cluster, vip, clients) = scene();
    let sockets: Vec<_> = clients.iter().flat_map(|c| (0..8).map(|_| talk::udp(&c.netns))).collect();
    let server = |socket| talk::exchange_with(socket, vip).map(|(answer, from)| (answer.server, from.ip()));
    for socket in &sockets {
        assert_eq!(server(socket).unwrap().1, vip);
    }
    cluster.kill(&cluster.inspected(1, "one"));
    thread::sleep(Duration::from_millis(200));
    for socket in &sockets {
        assert_eq!(server(socket).unwrap(), ("two".to_owned(), vip.into()));
    }
    cluster.cw(1, "rm one");
    cluster.server(1, "one", "--network web --service shop");
    cluster.kill(&cluster.inspected(2, "two"));
    thread::sleep(Duration::from_millis(200));
    for socket in &sockets {
        assert_eq!(server(socket).unwrap(), ("one".to_owned(), vip.into()));
    }
}
