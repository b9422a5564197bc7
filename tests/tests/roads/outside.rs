//! From containers to the outside.

use std::io::ErrorKind;

use crate::{
    scene::{A, B, C, NODE, OUTSIDE, Scene, addr},
    talk::{connect, connect_udp, echo_much, echo_udp, serve, serve_udp},
};
use causeway_lab::ip;

#[test]
fn a_container_talks_to_the_outside_under_the_nodes_address() {
    let scene = Scene::set("masq");
    let server = serve(&scene.outside, 80);
    echo_much(connect(&scene.a, (addr(OUTSIDE), 80)).unwrap());
    let seen = server.join().unwrap();
    assert_eq!(seen.ip(), addr(NODE));
    assert!((40_000..40_100).contains(&seen.port()), "{seen}");
    let server = serve_udp(&scene.outside, 53, 1);
    echo_udp(&connect_udp(&scene.a, (addr(OUTSIDE), 53)));
    assert_eq!(server.join().unwrap().ip(), addr(NODE));
    ip::words(&scene.a, "ping", &format!("-c 3 -i 0.01 -W 2 {}", addr(OUTSIDE))).unwrap();
}

#[test]
fn the_outsides_errors_reach_the_container() {
    let scene = Scene::set("errors");
    let socket = connect_udp(&scene.a, (addr(OUTSIDE), 9));
    socket.send(b"is anybody there?").unwrap();
    let refused = socket.recv(&mut [0; 16]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn networks_are_isolated() {
    let scene = Scene::set("isolated");
    let _server = serve(&scene.c, 80);
    assert!(connect(&scene.a, (addr(C), 80)).is_err());
    assert!(scene.count("isolated") > 0);
    assert!(connect(&scene.c, (addr(A), 80)).is_err());
}

#[test]
fn a_narrow_route_is_told_of_and_then_kept_to() {
    let scene = Scene::set("narrow");
    let server = serve(&scene.outside, 80);
    echo_much(connect(&scene.a, ([203, 0, 113, 1].into(), 80)).unwrap());
    server.join().unwrap();
    assert!(scene.count("too_big_told") > 0);
    let route = ip::words(&scene.a, "ip", "route get 203.0.113.1").unwrap();
    assert!(route.contains("mtu 1300"), "{route}");
}

#[test]
fn checksums_that_were_left_to_the_hardware_are_right_on_a_wire_without() {
    let mut scene = Scene::set("sums");
    scene.publish([0; 4], 8080, 6, (B, 80));
    // What containers leave unfinished is finished by the kernel, from what translation left there;
    // what comes in is finished already, and checked by its receiver.
    ip::words(&scene.node, "ethtool", "-K up0 tx off").unwrap();
    ip::words(&scene.outside, "ethtool", "-K eth0 tx off").unwrap();
    let server = serve(&scene.outside, 80);
    echo_much(connect(&scene.a, (addr(OUTSIDE), 80)).unwrap());
    server.join().unwrap();
    let server = serve_udp(&scene.outside, 53, 1);
    echo_udp(&connect_udp(&scene.a, (addr(OUTSIDE), 53)));
    server.join().unwrap();
    let server = serve(&scene.b, 80);
    echo_much(connect(&scene.outside, (addr(NODE), 8080)).unwrap());
    server.join().unwrap();
}
