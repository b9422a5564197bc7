//! Published ports, from everywhere.

use std::io::ErrorKind;

use crate::{
    scene::{A, B, C, GATEWAY, NODE, OUTSIDE, Scene, addr},
    talk::{connect, connect_udp, echo_much, echo_udp, serve, serve_udp},
};

const TCP: u8 = 6;
const UDP: u8 = 17;
const ANY: [u8; 4] = [0; 4];

#[test]
fn the_outside_reaches_a_published_port_under_its_own_address() {
    let mut scene = Scene::set("pub");
    scene.publish(ANY, 8080, TCP, (B, 80));
    scene.publish(NODE, 8053, UDP, (B, 53));
    let server = serve(&scene.b, 80);
    let client = connect(&scene.outside, (addr(NODE), 8080)).unwrap();
    let own = client.local_addr().unwrap();
    echo_much(client);
    assert_eq!(server.join().unwrap(), own);
    let server = serve_udp(&scene.b, 53, 1);
    let client = connect_udp(&scene.outside, (addr(NODE), 8053));
    echo_udp(&client);
    assert_eq!(server.join().unwrap(), client.local_addr().unwrap());
}

#[test]
fn a_closed_port_behind_a_published_one_is_refused_to_the_client() {
    let mut scene = Scene::set("closed");
    scene.publish(ANY, 8080, TCP, (B, 80));
    scene.publish(ANY, 8053, UDP, (B, 53));
    let refused = connect(&scene.outside, (addr(NODE), 8080)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let socket = connect_udp(&scene.outside, (addr(NODE), 8053));
    socket.send(b"is anybody there?").unwrap();
    assert_eq!(socket.recv(&mut [0; 16]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn containers_reach_published_ports_of_their_own_node() {
    let mut scene = Scene::set("hairpin");
    scene.publish(ANY, 8080, TCP, (B, 80));
    scene.publish(ANY, 8053, UDP, (B, 53));
    for (client, seen) in [(&scene.a, GATEWAY), (&scene.c, C), (&scene.b, GATEWAY)] {
        let server = serve(&scene.b, 80);
        echo_much(connect(client, (addr(NODE), 8080)).unwrap());
        assert_eq!(server.join().unwrap().ip(), addr(seen));
        let server = serve_udp(&scene.b, 53, 1);
        echo_udp(&connect_udp(client, (addr(NODE), 8053)));
        assert_eq!(server.join().unwrap().ip(), addr(seen));
    }
}

#[test]
fn what_is_published_on_127_0_0_1_is_the_hosts_alone() {
    let mut scene = Scene::set("private");
    scene.publish([127, 0, 0, 1], 8080, TCP, (A, 80));
    for stranger in [&scene.outside, &scene.b] {
        assert!(connect(stranger, (addr(NODE), 8080)).is_err());
    }
    let server = serve(&scene.a, 80);
    echo_much(connect(&scene.node, ([127, 0, 0, 1].into(), 8080)).unwrap());
    assert_eq!(server.join().unwrap().ip(), addr(GATEWAY));
}

#[test]
fn flows_are_forgotten_with_their_container() {
    let mut scene = Scene::set("forget");
    let server = serve(&scene.outside, 80);
    echo_much(connect(&scene.a, (addr(OUTSIDE), 80)).unwrap());
    server.join().unwrap();
    assert_eq!(scene.dataplane.flows().unwrap().len(), 2);
    assert_eq!(scene.dataplane.forget(addr(B)).unwrap(), 0);
    assert_eq!(scene.dataplane.forget(addr(A)).unwrap(), 2);
    assert_eq!(scene.dataplane.flows().unwrap(), []);
}

#[test]
fn with_a_port_go_its_own_conversations_and_no_others() {
    let mut scene = Scene::set("unpublish");
    for port in [8053, 8054] {
        scene.publish(ANY, port, UDP, (B, 53));
    }
    let server = serve_udp(&scene.b, 53, 3);
    let ask = |port| connect_udp(&scene.outside, (addr(NODE), port));
    let (gone, stays) = (ask(8053), ask(8054));
    echo_udp(&gone);
    echo_udp(&stays);
    assert_eq!(scene.dataplane.flows().unwrap().len(), 4);
    scene.unpublish(ANY, 8053, UDP);
    assert_eq!(scene.dataplane.flows().unwrap().len(), 2);
    gone.send(b"is anybody there?").unwrap();
    assert_eq!(gone.recv(&mut [0; 16]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    echo_udp(&stays);
    server.join().unwrap();
}
