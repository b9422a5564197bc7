//! The resolver through `lo`, where no hook sees sockets' calls.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    time::Duration,
};

use causeway::kernel;

use crate::{
    resolver::{self, DNS, PORTS, RESOLVER},
    scene::Scene,
    services::led_to,
};

/// Containers whose sockets' calls nobody sees, with a program on the `lo` of `a`.
fn scene(name: &str) -> Scene {
    let mut scene = resolver::scene(name);
    scene.dataplane.detach_sockets().unwrap();
    assert!((0..100).any(|_| led_to(&scene.a, DNS) == DNS), "the hooks are still there");
    attach(&mut scene);
    scene
}

fn attach(scene: &mut Scene) {
    let Scene { a, dataplane, .. } = scene;
    a.run(|| dataplane.attach_lo(kernel::netns_cookie().unwrap())).unwrap().unwrap();
}

/// A datagram from a client of `a`; whether the server gets it, and the client an answer from port 53.
fn is_answered(scene: &Scene, server: &UdpSocket) -> bool {
    let client = scene.a.run(|| UdpSocket::bind(("0.0.0.0", 0)).unwrap()).unwrap();
    for socket in [&client, server] {
        socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    }
    client.send_to(b"who", DNS).unwrap();
    let mut buffer = [0; 64];
    let Ok((len, from)) = server.recv_from(&mut buffer) else { return false };
    server.send_to(&buffer[..len], from).unwrap();
    client.recv_from(&mut buffer).unwrap() == (3, DNS)
}

#[test]
fn datagrams_go_through_lo_to_the_resolver_and_back() {
    let mut scene = scene("lo-udp");
    let server = resolver::bind(&scene.a, (RESOLVER, PORTS.0));
    assert!(is_answered(&scene, &server));
    attach(&mut scene);
    assert!(is_answered(&scene, &server), "a second time nothing changes");
    let cookie = scene.a.run(kernel::netns_cookie).unwrap().unwrap();
    scene.dataplane.detach_lo(cookie).unwrap();
    scene.dataplane.detach_lo(cookie).unwrap();
    let silent = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        !is_answered(&scene, &server)
    });
    assert!(silent, "the program is still there");
}

#[test]
fn so_do_connections_of_megabytes() {
    let scene = scene("lo-tcp");
    let listener = scene.a.run(|| TcpListener::bind((RESOLVER, PORTS.1)).unwrap()).unwrap();
    let mut client = scene.a.run(|| TcpStream::connect(DNS).unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let sent: Vec<u8> = (0..2_000_000_u32).map(|i| i.to_le_bytes()[0]).collect();
    let copy = sent.clone();
    let sending = std::thread::spawn(move || server.write_all(&copy).unwrap());
    let mut got = vec![0; sent.len()];
    client.read_exact(&mut got).unwrap();
    sending.join().unwrap();
    assert!(got == sent);
    assert_eq!(client.peer_addr().unwrap(), DNS);
}

#[test]
fn a_containers_own_server_keeps_port_53() {
    let scene = scene("lo-own");
    let own = resolver::bind(&scene.a, (Ipv4Addr::UNSPECIFIED, 53));
    let client = resolver::bind(&scene.a, (Ipv4Addr::UNSPECIFIED, 0));
    client.send_to(b"own", (Ipv4Addr::LOCALHOST, 53)).unwrap();
    let mut buffer = [0; 64];
    let (len, from) = own.recv_from(&mut buffer).unwrap();
    own.send_to(&buffer[..len], from).unwrap();
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, 53));
    assert_eq!(client.recv_from(&mut buffer).unwrap(), (3, at));
}
