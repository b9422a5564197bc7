//! VIPs packet by packet: for sockets whose calls no hook sees, and for those whose backend is gone.

use std::net::SocketAddr;

use causeway::plan::Step;
use causeway_common::{EndpointKey, Ipv4, Service};
use causeway_lab::ip;

use crate::{
    scene::{A, B, GATEWAY, NET, Scene, addr},
    services::{VIP, led_to, udp},
    talk::{connect, connect_udp, echo_much, echo_udp, serve, serve_udp},
};

/// Nobody's: a backend had it.
const GONE: Ipv4 = [10, 9, 0, 66];

/// A service whose calls no hook sees.
fn unseen(name: &str, backend: Ipv4) -> Scene {
    let mut scene = Scene::set(name);
    scene.serve(&[backend], Service::default());
    scene.dataplane.detach_sockets().unwrap();
    let at = SocketAddr::from((addr(VIP), 80));
    // The kernel lets go of a link some milliseconds after its last pin.
    assert!((0..100).any(|_| led_to(&scene.a, at) == at), "the hooks are still there");
    scene
}

#[test]
fn a_socket_that_no_hook_sees_talks_with_a_vip() {
    let scene = unseen("packets", B);
    let server = serve(&scene.b, 80);
    let client = connect(&scene.a, (addr(VIP), 80)).unwrap();
    echo_much(client);
    assert_eq!(server.join().unwrap().ip(), addr(A), "the backend sees its client");
    let server = serve_udp(&scene.b, 80, 2);
    let client = connect_udp(&scene.a, (addr(VIP), 80));
    (0..2).for_each(|_| echo_udp(&client));
    server.join().unwrap();
    assert!(scene.count("to_service") > 0 && scene.count("to_client") > 0);
    // What is no answer to a VIP reaches the client as before.
    let server = serve(&scene.a, 81);
    echo_much(connect(&scene.b, (addr(A), 81)).unwrap());
    server.join().unwrap();
}

#[test]
fn it_may_be_a_backend_itself() {
    let scene = unseen("packets-own", A);
    let server = serve(&scene.a, 80);
    echo_much(connect(&scene.a, (addr(VIP), 80)).unwrap());
    assert_eq!(server.join().unwrap().ip(), addr(GATEWAY));
}

#[test]
fn a_vip_answers_echoes() {
    let mut scene = Scene::set("packets-echo");
    scene.serve(&[B], Service::default());
    ip::words(&scene.a, "ping", &format!("-c 2 -i 0.01 -W 2 {}", addr(VIP))).unwrap();
    assert_eq!(scene.count("echo_reply"), 2);
}

#[test]
fn a_connected_socket_whose_backend_is_gone_talks_with_another_one_at_once() {
    let mut scene = Scene::set("packets-led");
    scene.serve(&[GONE], Service::default());
    let client = connect_udp(&scene.a, (addr(VIP), 80));
    assert_eq!(led_to(&scene.a, (addr(VIP), 80).into()).ip(), addr(GONE));
    scene.serve(&[B], Service::default());
    let server = serve_udp(&scene.b, 80, 3);
    (0..3).for_each(|_| echo_udp(&client));
    assert_eq!(client.peer_addr().unwrap(), SocketAddr::from((addr(VIP), 80)));
    assert_eq!(server.join().unwrap().ip(), addr(A));
}

#[test]
fn a_conversation_goes_on_when_its_backend_goes_and_comes_back() {
    let mut scene = Scene::set("packets-back");
    let key = EndpointKey { vni: NET, addr: B };
    let endpoint = scene.dataplane.observe().unwrap().endpoints_v4[&key];
    scene.serve(&[B], Service::default());
    let client = connect_udp(&scene.a, (addr(VIP), 80));
    let server = udp(&scene.b, 80);
    let heard = |text: &[u8]| {
        client.send(text).unwrap();
        let mut buffer = [0; 64];
        let (len, from) = server.recv_from(&mut buffer).unwrap();
        server.send_to(&buffer[..len], from).unwrap();
        client.recv(&mut buffer).unwrap()
    };
    assert_eq!(heard(b"before"), 6);
    scene.dataplane.apply(&[Step::DeleteEndpoint(key)]).unwrap();
    client.send(b"to nobody").unwrap();
    scene.dataplane.apply(&[Step::PutEndpoint(key, endpoint)]).unwrap();
    assert_eq!(heard(b"afterwards"), 10);
}
