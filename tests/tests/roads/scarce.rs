//! Where ports and table entries run out.

use std::net::{Ipv4Addr, UdpSocket};

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
