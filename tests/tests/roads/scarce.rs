//! Where ports and table entries run out.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket},
};

use crate::{
    scene::{A, NEW_FLOWS, OUTSIDE, PORTS, Scene, addr},
    talk::{connect, connect_udp, echo, echo_udp, serve, serve_udp},
};

#[test]
fn every_port_of_the_range_is_used_then_refused_by_name_and_given_back() {
    let mut scene = Scene::set("ports");
    let ports = usize::from(PORTS);
    let server = serve_udp(&scene.outside, 53, ports + 1);
    let sockets: Vec<UdpSocket> =
        (0..ports).map(|_| connect_udp(&scene.a, (addr(OUTSIDE), 53))).inspect(echo_udp).collect();
    assert_eq!(scene.dataplane.flows().unwrap().iter().filter(|entry| entry.answered).count(), 2 * ports);
    let refused = connect_udp(&scene.a, (addr(OUTSIDE), 53));
    refused.send(b"one too many").unwrap();
    assert_eq!(scene.count("ports_exhausted"), 1);
    assert_eq!(scene.dataplane.forget(addr(A)).unwrap(), 2 * ports);
    echo_udp(&refused);
    drop((server, sockets));
}

#[test]
fn a_flood_leaves_a_conversation_alone() {
    let scene = Scene::set("flood");
    let server = serve(&scene.outside, 80);
    let mut stream = connect(&scene.a, (addr(OUTSIDE), 80)).unwrap();
    echo(&mut stream, b"before");
    let flood = scene.a.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap()).unwrap();
    // Ten times the table, to addresses where nobody is.
    for number in 0..10 * NEW_FLOWS {
        let port = u16::try_from(1 + number % 60_000).unwrap();
        flood.send_to(b"flood", (Ipv4Addr::new(203, 0, 113, 2), port)).unwrap();
    }
    echo(&mut stream, b"after");
    let entries = scene.dataplane.flows().unwrap();
    assert!(entries.len() <= NEW_FLOWS as usize + 2, "{} flows", entries.len());
    drop(stream);
    server.join().unwrap();
}

#[test]
fn a_conversation_that_is_over_gives_its_port_to_one_that_finds_none() {
    const MORE: u16 = 10;
    let scene = Scene::set("over");
    let listener = scene.outside.run(|| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 80)).unwrap()).unwrap();
    let talk = || {
        let mut client = connect(&scene.a, (addr(OUTSIDE), 80)).unwrap();
        client.write_all(b"?").unwrap();
        let mut server = listener.accept().unwrap().0;
        server.read_exact(&mut [0]).unwrap();
        (client, server)
    };
    let end = |(client, mut server): (TcpStream, TcpStream)| {
        drop(client);
        assert_eq!(server.read(&mut [0]).unwrap(), 0, "the client has ended it");
    };
    let (mut client, mut server) = talk();
    (1..PORTS).for_each(|_| end(talk()));
    let taken = || scene.dataplane.flows().unwrap().len();
    assert_eq!(taken(), 2 * usize::from(PORTS), "of each flow two directions");
    (0..MORE).for_each(|_| end(talk()));
    assert_eq!((taken(), scene.count("ports_exhausted")), (2 * usize::from(PORTS), 0));
    server.write_all(b"!").unwrap();
    client.read_exact(&mut [0]).unwrap();
}
