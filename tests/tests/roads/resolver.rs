//! 127.0.0.11:53 in containers: led to the resolver's own ports, and seen as port 53.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    time::Duration,
};

use causeway_common::namespace::HAS_ANOTHER;
use causeway_lab::Netns;

use crate::{
    scene::Scene,
    services::{led_to, udp},
};

pub(crate) const RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);
pub(crate) const DNS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(RESOLVER), 53);
pub(crate) const PORTS: (u16, u16) = (5301, 5302);

pub(crate) fn scene(name: &str) -> Scene {
    let mut scene = Scene::set(name);
    scene.look_after(PORTS.0, PORTS.1);
    for netns in [&scene.a, &scene.outside, &scene.node] {
        causeway_lab::ip::ip(netns, "link set lo up").unwrap();
    }
    scene
}

pub(crate) fn bind(netns: &Netns, at: (Ipv4Addr, u16)) -> UdpSocket {
    let socket = netns.run(|| UdpSocket::bind(at).unwrap()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket
}

/// The server gets what the client has sent and answers.
fn answer(server: &UdpSocket) {
    let mut buffer = [0; 64];
    let (len, from) = server.recv_from(&mut buffer).unwrap();
    server.send_to(&buffer[..len], from).unwrap();
}

#[test]
fn questions_by_udp_are_led_and_answers_come_from_port_53() {
    let scene = scene("dns-udp");
    let server = bind(&scene.a, (RESOLVER, PORTS.0));
    let client = udp(&scene.a, 0);
    client.send_to(b"who", DNS).unwrap();
    answer(&server);
    assert_eq!(client.recv_from(&mut [0; 64]).unwrap(), (3, DNS));
    client.connect(DNS).unwrap();
    assert_eq!(client.peer_addr().unwrap(), DNS);
    client.send(b"connected").unwrap();
    answer(&server);
    assert_eq!(client.recv_from(&mut [0; 64]).unwrap(), (9, DNS));
}

#[test]
fn questions_by_tcp_are_led_too() {
    let scene = scene("dns-tcp");
    let listener = scene.a.run(|| TcpListener::bind((RESOLVER, PORTS.1)).unwrap()).unwrap();
    let mut client = scene.a.run(|| TcpStream::connect(DNS).unwrap()).unwrap();
    assert_eq!(client.peer_addr().unwrap(), DNS);
    let (mut server, from) = listener.accept().unwrap();
    assert_eq!(from, client.local_addr().unwrap());
    client.write_all(b"who").unwrap();
    server.read_exact(&mut [0; 3]).unwrap();
}

#[test]
fn so_are_those_of_sockets_of_both_families() {
    let scene = scene("dns-mapped");
    let server = bind(&scene.a, (RESOLVER, PORTS.0));
    let mapped = SocketAddr::from((RESOLVER.to_ipv6_mapped(), 53));
    let client = scene.a.run(|| UdpSocket::bind("[::]:0").unwrap()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    client.send_to(b"who", mapped).unwrap();
    answer(&server);
    assert_eq!(client.recv_from(&mut [0; 64]).unwrap(), (3, mapped));
    client.connect(mapped).unwrap();
    assert_eq!(client.peer_addr().unwrap(), mapped);
    client.send(b"connected").unwrap();
    answer(&server);
    assert_eq!(client.recv_from(&mut [0; 64]).unwrap(), (9, mapped));
}

#[test]
fn a_containers_own_server_has_port_53() {
    let scene = scene("dns-own");
    let own = bind(&scene.a, (Ipv4Addr::UNSPECIFIED, 53));
    let resolver = bind(&scene.a, (RESOLVER, PORTS.0));
    let client = udp(&scene.a, 0);
    client.send_to(b"own", (Ipv4Addr::LOCALHOST, 53)).unwrap();
    answer(&own);
    let from = client.recv_from(&mut [0; 64]).unwrap().1;
    assert_eq!(from, SocketAddr::from((Ipv4Addr::LOCALHOST, 53)));
    client.send_to(b"the resolver", DNS).unwrap();
    answer(&resolver);
    assert_eq!(client.recv_from(&mut [0; 64]).unwrap(), (12, DNS));
}

#[test]
fn only_port_53_of_that_address_in_containers_is_led() {
    let scene = scene("dns-else");
    let other = SocketAddr::from((RESOLVER, 54));
    assert_eq!(led_to(&scene.a, other), other);
    let neighbour = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 12), 53));
    assert_eq!(led_to(&scene.a, neighbour), neighbour);
    assert_eq!(led_to(&scene.a, DNS), SocketAddr::from((RESOLVER, PORTS.0)));
    for stranger in [&scene.outside, &scene.node] {
        assert_eq!(led_to(stranger, DNS), DNS);
    }
}

#[test]
fn where_docker_has_a_resolver_too_ours_is_asked_as_long_as_it_listens() {
    let mut scene = scene("dns-another");
    scene.look_after_these(PORTS, HAS_ANOTHER);
    let ours = SocketAddr::from((RESOLVER, PORTS.0));
    assert_eq!(led_to(&scene.a, DNS), DNS);
    let server = bind(&scene.a, (RESOLVER, PORTS.0));
    assert_eq!(led_to(&scene.a, DNS), ours);
    drop(server);
    assert_eq!(led_to(&scene.a, DNS), DNS);
    // By TCP likewise. Docker's listens elsewhere, and netfilter leads there; here it is at port 53 itself.
    let listen = |port| scene.a.run(|| TcpListener::bind((RESOLVER, port)).unwrap()).unwrap();
    let ask = || scene.a.run(|| TcpStream::connect(DNS).unwrap()).unwrap();
    let (another, ours) = (listen(53), listen(PORTS.1));
    let asking = ask();
    assert_eq!(ours.accept().unwrap().1, asking.local_addr().unwrap());
    drop(ours);
    let asking = ask();
    assert_eq!(another.accept().unwrap().1, asking.local_addr().unwrap());
    // One that listens in another namespace only is not in this one.
    let _elsewhere = bind(&scene.outside, (RESOLVER, PORTS.0));
    assert_eq!(led_to(&scene.a, DNS), DNS);
}

#[test]
fn without_a_resolver_the_address_is_left_alone() {
    let mut scene = scene("dns-none");
    scene.look_after(0, 0);
    assert_eq!(led_to(&scene.a, DNS), DNS);
}
