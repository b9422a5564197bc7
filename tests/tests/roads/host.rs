//! The host, its containers, and its own processes' way to published ports.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    time::Duration,
};

use crate::{
    scene::{A, B, C, GATEWAY, NODE, Scene, addr},
    talk::{connect, connect_udp, echo_much, echo_udp, serve, serve_udp},
};
use causeway_lab::ip;

const TCP: u8 = 6;
const UDP: u8 = 17;
const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;

#[test]
fn the_host_reaches_containers_and_they_reach_it() {
    let scene = Scene::set("host");
    for (container, own) in [(&scene.a, A), (&scene.c, C)] {
        let server = serve(container, 80);
        echo_much(connect(&scene.node, (addr(own), 80)).unwrap());
        assert_eq!(server.join().unwrap().ip(), addr([own[0], own[1], own[2], 1]));
        for host in [GATEWAY, NODE] {
            let server = serve(&scene.node, 80);
            echo_much(connect(container, (addr(host), 80)).unwrap());
            assert_eq!(server.join().unwrap().ip(), addr(own));
            ip::words(container, "ping", &format!("-c 2 -i 0.01 -W 2 {}", addr(host))).unwrap();
        }
    }
}

#[test]
fn the_hosts_own_processes_reach_published_ports() {
    let mut scene = Scene::set("sockets");
    scene.publish([0; 4], 8080, TCP, (B, 80));
    scene.publish([0; 4], 8053, UDP, (B, 53));
    for host in [addr(NODE), LOOPBACK, Ipv4Addr::UNSPECIFIED] {
        let server = serve(&scene.b, 80);
        let client = connect(&scene.node, (host, 8080)).unwrap();
        assert_eq!(client.peer_addr().unwrap(), SocketAddr::from((host, 8080)));
        echo_much(client);
        server.join().unwrap();
        let server = serve_udp(&scene.b, 53, 1);
        echo_udp(&connect_udp(&scene.node, (host, 8053)));
        server.join().unwrap();
    }
}

#[test]
fn socket_hooks_are_replaced_and_taken_off() {
    let mut scene = Scene::set("again");
    scene.publish([0; 4], 8080, TCP, (B, 80));
    scene.attach_sockets();
    let server = serve(&scene.b, 80);
    echo_much(connect(&scene.node, (LOOPBACK, 8080)).unwrap());
    server.join().unwrap();
    scene.dataplane.detach_sockets().unwrap();
    let refused = connect(&scene.node, (LOOPBACK, 8080)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_socket_of_the_host_hears_from_whom_it_asked() {
    let mut scene = Scene::set("asked");
    scene.publish([0; 4], 8053, UDP, (B, 53));
    let server = serve_udp(&scene.b, 53, 1);
    let socket = scene.node.run(|| UdpSocket::bind(("0.0.0.0", 0)).unwrap()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket.send_to(b"unconnected", (addr(NODE), 8053)).unwrap();
    let (_, from) = socket.recv_from(&mut [0; 64]).unwrap();
    assert_eq!(from, SocketAddr::from((addr(NODE), 8053)));
    server.join().unwrap();
}

#[test]
fn so_does_a_socket_of_both_families() {
    let mut scene = Scene::set("mapped");
    scene.publish([0; 4], 8080, TCP, (B, 80));
    let server = serve(&scene.b, 80);
    let mapped = SocketAddr::from((addr(NODE).to_ipv6_mapped(), 8080));
    let client = scene.node.run(|| TcpStream::connect(mapped).unwrap()).unwrap();
    assert_eq!(client.peer_addr().unwrap(), mapped);
    echo_much(client);
    server.join().unwrap();
}

#[test]
fn nobody_on_the_host_takes_a_published_port() {
    let mut scene = Scene::set("bind");
    scene.publish([0; 4], 8080, TCP, (B, 80));
    let bind = |at: SocketAddr| scene.node.run(|| TcpListener::bind(at).map(drop)).unwrap();
    let taken = [
        SocketAddr::from((addr(NODE), 8080)),
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080)),
        SocketAddr::from((LOOPBACK, 8080)),
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 8080)),
        SocketAddr::from((addr(NODE).to_ipv6_mapped(), 8080)),
    ];
    for at in taken {
        assert_eq!(bind(at).unwrap_err().kind(), ErrorKind::AddrInUse, "{at}");
    }
    bind(SocketAddr::from((addr(NODE), 8081))).unwrap();
    let udp = || UdpSocket::bind((addr(NODE), 8080)).map(drop);
    scene.node.run(udp).unwrap().unwrap();
    let elsewhere = || TcpListener::bind((Ipv4Addr::UNSPECIFIED, 8080)).map(drop);
    scene.a.run(elsewhere).unwrap().unwrap();
    scene.outside.run(elsewhere).unwrap().unwrap();
}
