//! A process of a node reaches services whose backends are on other nodes only.

use std::{
    io::{Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    thread,
};

use causeway_lab::{layout, wait};

use super::{
    cast::{Cluster, PORT, SOON},
    talk,
};

/// Bytes of a transfer, in either direction.
const MUCH: usize = 1 << 20;

/// Two nodes in one network, and a service whose one backend is on the second.
fn scene() -> (Cluster, Ipv4Addr) {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    cluster.server(2, "two", "--network web --service shop");
    cluster.client(1, "bystander", "--network web");
    (cluster, vip)
}

/// The host of node 1 talks with the service by streams and by datagrams; who answers.
fn answers(cluster: &Cluster, vip: Ipv4Addr) -> Vec<String> {
    let host = &cluster.node(1).netns;
    let stream = talk::connect(host, vip).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), SocketAddr::from((vip, PORT)));
    let by_stream = talk::on(&stream).unwrap();
    let (by_datagram, from) = talk::exchange_with(&talk::udp(host), vip).unwrap();
    assert_eq!(from, SocketAddr::from((vip, PORT)));
    let connected = talk::exchange(&talk::udp_to(host, vip)).unwrap();
    [by_stream, by_datagram, connected].into_iter().map(|a| format!("{} {}", a.server, a.seen_as)).collect()
}

#[test]
fn a_node_without_backend_reaches_the_service_as_itself() {
    let (cluster, vip) = scene();
    let node1 = layout::address(1);
    for _ in 0..5 {
        assert_eq!(answers(&cluster, vip), vec![format!("two {node1}"); 3]);
    }
    cluster.server(1, "one", "--network web --service shop");
    for answer in answers(&cluster, vip) {
        assert!(answer.starts_with("one "), "the backend of the own node is nearer: {answer}");
    }
    cluster.cw(1, "rm -f one");
    wait::until("the other node's backend answers again", SOON, || {
        Ok(talk::ask(&cluster.node(1).netns, vip).is_ok_and(|answer| answer.server == "two"))
    })
    .unwrap();
}

/// Bytes that differ from their neighbours.
fn pattern() -> Vec<u8> {
    (0..MUCH).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect()
}

/// Sends back all that comes, when its end has come.
fn mirror(listener: TcpListener) -> thread::JoinHandle<IpAddr> {
    thread::spawn(move || {
        let (mut stream, peer) = listener.accept().unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        stream.write_all(&all).unwrap();
        peer.ip()
    })
}

#[test]
fn a_mebibyte_goes_by_the_mesh_and_back_byte_for_byte() {
    let (cluster, vip) = scene();
    let two = cluster.inspected(2, "two");
    let listener = two.netns.run(|| TcpListener::bind((two.ip, 9000))).unwrap().unwrap();
    let server = mirror(listener);
    let mut client = cluster.node(1).netns.run(|| TcpStream::connect((vip, 9000))).unwrap().unwrap();
    client.set_read_timeout(Some(SOON)).unwrap();
    let sent = pattern();
    client.write_all(&sent).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut received = Vec::new();
    client.read_to_end(&mut received).unwrap();
    assert!(received == sent, "{} bytes came back", received.len());
    assert_eq!(server.join().unwrap(), IpAddr::from(layout::address(1)));
}

#[test]
fn each_service_has_a_route_from_the_hosts_in_its_network_as_long_as_it_is_there() {
    let cluster = Cluster::of(3);
    let route =
        |node| causeway_lab::ip::ip(&cluster.node(node).netns, "route show root 10.255.0.0/16").unwrap();
    assert_eq!(route(2), "");
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    for node in [1, 2] {
        cluster.client(node, &format!("client{node}"), "--network web");
    }
    for node in [1, 2] {
        wait::until("the node routes services", SOON, || Ok(!route(node).is_empty())).unwrap();
        let own = layout::address(u8::try_from(node).unwrap());
        assert!(
            route(node).contains(&format!("{vip} dev cw-host proto static scope link src {own} mtu 1450"))
        );
        assert_eq!(
            talk::ask(&cluster.node(node).netns, vip).unwrap_err().kind(),
            std::io::ErrorKind::ConnectionRefused
        );
    }
    assert_eq!(route(3), "", "what it takes no part in costs a node nothing");
    cluster.cw(2, "service rm shop");
    for node in [1, 2] {
        wait::until("the node routes services no more", SOON, || Ok(route(node).is_empty())).unwrap();
    }
}

#[test]
fn hosts_whose_sockets_are_not_seen_reach_services_packet_by_packet() {
    let cluster = Cluster::with_config(2, "socket_hooks = false\n");
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    let two = cluster.server(2, "two", "--network web --service shop");
    cluster.client(1, "bystander", "--network web");
    for node in [1, 2] {
        let answer = talk::ask(&cluster.node(node).netns, vip).unwrap();
        let own = layout::address(u8::try_from(node).unwrap());
        assert_eq!((answer.server, answer.seen_as), (two.name.clone(), own.to_string()), "node{node}");
        assert!(talk::exchange(&talk::udp_to(&cluster.node(node).netns, vip)).is_ok(), "node{node}");
    }
}
