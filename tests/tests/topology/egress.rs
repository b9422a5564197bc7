//! Containers of overlay networks and the world beyond: out by the node's address, in by published ports.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
};

use causeway_lab::{Netns, Node};

use super::cast::{Cluster, Container, SOON, udp};

const PORT: u16 = 7100;

/// A connection from `from` to a listener of `at`; what the listener takes the caller for.
fn by_tcp(from: &Netns, listener: &TcpListener, to: (Ipv4Addr, u16)) -> SocketAddr {
    let connect = || TcpStream::connect_timeout(&SocketAddr::from(to), SOON);
    let mut caller = from.run(connect).unwrap().unwrap();
    let (mut called, seen) = listener.accept().unwrap();
    caller.write_all(b"question").unwrap();
    let mut buffer = [0; 8];
    called.read_exact(&mut buffer).unwrap();
    called.write_all(b"answer").unwrap();
    drop(called);
    let mut answer = String::new();
    caller.read_to_string(&mut answer).unwrap();
    assert_eq!((&buffer, &*answer), (b"question", "answer"));
    seen
}

/// A datagram there and one back; whom the called takes the caller for.
fn by_udp(from: &Netns, called: &std::net::UdpSocket, to: (Ipv4Addr, u16)) -> SocketAddr {
    let caller = udp(from, (Ipv4Addr::UNSPECIFIED, 0));
    caller.send_to(b"question", to).unwrap();
    let mut buffer = [0; 16];
    let (length, seen) = called.recv_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], b"question");
    called.send_to(b"answer", seen).unwrap();
    let (length, answered_by) = caller.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..length], answered_by), (&b"answer"[..], to.into()));
    seen
}

fn listener(netns: &Netns, address: (Ipv4Addr, u16)) -> TcpListener {
    netns.run(|| TcpListener::bind(address)).unwrap().unwrap()
}

/// The outside sees the node of the container that speaks, and nothing of the network.
fn goes_out(container: &Container, node: &Node, client: &Node) {
    let there = (client.address(), PORT);
    let seen = by_tcp(&container.netns, &listener(&client.netns, there), there);
    assert_eq!(seen.ip(), node.address(), "{} by TCP", container.name);
    let seen = by_udp(&container.netns, &udp(&client.netns, there), there);
    assert_eq!(seen.ip(), node.address(), "{} by UDP", container.name);
    assert!(container.pings(client.address()), "{} by ICMP", container.name);
}

/// The container sees the outside as it is.
fn comes_in(container: &Container, node: &Node, client: &Node, published: u16) {
    let (own, there) = ((container.ip, PORT), (node.address(), published));
    let seen = by_tcp(&client.netns, &listener(&container.netns, own), there);
    assert_eq!(seen.ip(), client.address(), "{} by TCP", container.name);
    let seen = by_udp(&client.netns, &udp(&container.netns, own), there);
    assert_eq!(seen.ip(), client.address(), "{} by UDP", container.name);
}

#[test]
fn overlay_containers_go_out_by_their_nodes_and_are_reached_at_published_ports() {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let containers = [(1, "a", 8001), (2, "b", 8002)].map(|(number, name, published)| {
        let ports = format!("-p {published}:{PORT} -p {published}:{PORT}/udp");
        (number, published, cluster.container_with(number, name, &format!("--network web {ports}")))
    });
    let client = cluster.lab.client();
    for (number, published, container) in &containers {
        goes_out(container, cluster.node(*number), client);
        comes_in(container, cluster.node(*number), client, *published);
    }
    // No second interface, and the network itself is as it was.
    assert!(!containers[0].2.run("ip -o link").contains("eth1"));
    assert!(containers[0].2.pings(containers[1].2.ip));
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}

#[test]
fn what_an_internal_overlay_holds_does_not_go_out() {
    let cluster = Cluster::of(2);
    cluster.node(1).cw("network create -d overlay --internal closed").unwrap();
    let (a, b) = (cluster.container(1, "closed", "a"), cluster.container(2, "closed", "b"));
    assert!(a.pings(b.ip));
    assert!(!a.pings_once(cluster.lab.client().address()));
}
