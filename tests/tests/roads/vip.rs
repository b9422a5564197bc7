//! VIPs under real sockets: decided at `connect` and `sendmsg`, and seen as the VIP afterwards.

use std::{
    collections::BTreeSet,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};

use causeway_common::{Service, service};

use crate::{
    scene::{A, B, Scene, addr},
    services::{FAR, VIP, led_to, listen, udp},
    talk::{connect, connect_udp, echo_much, echo_udp, serve, serve_udp},
};

const AT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 255, 0, 7)), 80);

fn mapped(at: SocketAddr) -> SocketAddr {
    let SocketAddr::V4(at) = at else { unreachable!("a VIP is of IPv4") };
    (at.ip().to_ipv6_mapped(), at.port()).into()
}

#[test]
fn a_container_talks_with_a_vip_and_never_sees_the_backend() {
    let mut scene = Scene::set("vip");
    scene.serve(&[B], Service::default());
    let server = serve(&scene.b, 80);
    let client = connect(&scene.a, (addr(VIP), 80)).unwrap();
    assert_eq!(client.peer_addr().unwrap(), AT);
    echo_much(client);
    assert_eq!(server.join().unwrap().ip(), addr(A), "the backend sees its client");
    let server = serve_udp(&scene.b, 80, 1);
    let client = connect_udp(&scene.a, (addr(VIP), 80));
    assert_eq!(client.peer_addr().unwrap(), AT);
    echo_udp(&client);
    server.join().unwrap();
}

#[test]
fn a_socket_without_connection_hears_from_the_vip() {
    let mut scene = Scene::set("vip-sendmsg");
    scene.serve(&[B], Service::default());
    let server = serve_udp(&scene.b, 80, 1);
    let client = udp(&scene.a, 0);
    client.send_to(b"unconnected", AT).unwrap();
    assert_eq!(client.recv_from(&mut [0; 64]).unwrap(), (11, AT));
    server.join().unwrap();
}

#[test]
fn sockets_of_both_families_do_as_well() {
    let mut scene = Scene::set("vip-mapped");
    scene.serve(&[B], Service::default());
    let server = serve(&scene.b, 80);
    let client = scene.a.run(|| TcpStream::connect(mapped(AT)).unwrap()).unwrap();
    assert_eq!(client.peer_addr().unwrap(), mapped(AT));
    echo_much(client);
    server.join().unwrap();
    let server = serve_udp(&scene.b, 80, 1);
    let client = scene.a.run(|| UdpSocket::bind("[::]:0").unwrap()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    client.send_to(b"mapped", mapped(AT)).unwrap();
    assert_eq!(client.recv_from(&mut [0; 64]).unwrap(), (6, mapped(AT)));
    server.join().unwrap();
}

#[test]
fn the_host_talks_with_backends_of_its_own() {
    let mut scene = Scene::set("vip-host");
    scene.serve(&[FAR, B], Service::default());
    for _ in 0..8 {
        assert_eq!(led_to(&scene.node, AT), SocketAddr::from((addr(B), 80)));
    }
    let server = serve(&scene.b, 80);
    let client = connect(&scene.node, (addr(VIP), 80)).unwrap();
    assert_eq!(client.peer_addr().unwrap(), AT);
    echo_much(client);
    server.join().unwrap();
}

#[test]
fn conversations_are_spread_over_the_backends() {
    for (name, flags) in [("vip-ring", 0), ("vip-random", service::RANDOM)] {
        let mut scene = Scene::set(name);
        scene.serve(&[A, B], Service { flags, ..Service::default() });
        let count = |addr| (0..64).filter(|_| led_to(&scene.a, AT).ip() == addr).count();
        // Of 64 fair throws, fewer than 12 or more than 52 come once in two million times.
        let met = count(addr(B));
        assert!((12..=52).contains(&met), "{name}: {met}");
    }
}

#[test]
fn a_socket_that_sends_again_sends_to_the_same_backend() {
    let mut scene = Scene::set("vip-same");
    scene.serve(&[A, B], Service::default());
    let servers = [udp(&scene.a, 80), udp(&scene.b, 80)];
    let mut met = BTreeSet::new();
    for _ in 0..32 {
        let client = udp(&scene.a, 0);
        (0..4).for_each(|_| assert_eq!(client.send_to(b"x", AT).unwrap(), 1));
        let got = servers.each_ref().map(|server| drain(server, 4));
        assert!(got == [4, 0] || got == [0, 4], "{got:?}");
        met.insert(got);
    }
    assert_eq!(met.len(), 2, "both backends are met");
}

/// Datagrams that are there, waiting a little for so many.
fn drain(server: &UdpSocket, most: usize) -> usize {
    server.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    (0..most).take_while(|_| server.recv(&mut [0; 8]).is_ok()).count()
}

#[test]
fn backends_of_the_own_node_come_first_where_that_is_asked_for() {
    let mut scene = Scene::set("vip-local");
    scene.serve(&[FAR, B], Service { flags: service::LOCAL_FIRST, ..Service::default() });
    assert!((0..32).all(|_| led_to(&scene.a, AT).ip() == addr(B)));
    scene.serve(&[FAR], Service { flags: service::LOCAL_FIRST, ..Service::default() });
    assert_eq!(led_to(&scene.a, AT).ip(), addr(FAR), "none is here");
}

#[test]
fn without_a_live_backend_the_call_is_refused() {
    let mut scene = Scene::set("vip-nobody");
    scene.serve(&[], Service::default());
    for netns in [&scene.a, &scene.node] {
        let refused = connect(netns, (addr(VIP), 80)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let refused = udp(netns, 0).send_to(b"x", AT).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    let refused = scene.a.run(|| TcpStream::connect(mapped(AT)).unwrap_err()).unwrap();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_vip_means_something_to_its_network_and_the_host_alone() {
    let mut scene = Scene::set("vip-foreign");
    scene.serve(&[B], Service::default());
    assert_eq!(led_to(&scene.a, AT), SocketAddr::from((addr(B), 80)));
    causeway_lab::ip::ip(&scene.outside, "route add 10.255.0.0/16 dev eth0").unwrap();
    for stranger in [&scene.c, &scene.outside] {
        assert_eq!(led_to(stranger, AT), AT);
    }
    let unknown = SocketAddr::from((Ipv4Addr::new(10, 255, 0, 8), 80));
    assert_eq!(led_to(&scene.a, unknown), unknown, "no service has it");
}

#[test]
fn the_host_leaves_backends_of_other_nodes_to_the_packet_road() {
    let mut scene = Scene::set("vip-far");
    scene.serve(&[FAR], Service::default());
    causeway_lab::ip::ip(&scene.node, "route add 10.255.0.0/16 dev cw-host").unwrap();
    assert_eq!(led_to(&scene.node, AT), AT);
    assert_eq!(led_to(&scene.a, AT).ip(), addr(FAR));
}

#[test]
fn a_backend_that_drains_keeps_its_conversation() {
    let mut scene = Scene::set("vip-drain");
    scene.serve(&[B], Service::default());
    let server = serve(&scene.b, 80);
    let client = connect(&scene.a, (addr(VIP), 80)).unwrap();
    scene.mark(1, B, service::DRAINING);
    assert_eq!(led_to(&scene.a, AT).ip(), addr(B), "the ring names it until it is replaced");
    scene.replace_ring(&[]);
    echo_much(client);
    server.join().unwrap();
    let _listener = listen(&scene.b, 80);
    let refused = connect(&scene.a, (addr(VIP), 80)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "no new one");
}
