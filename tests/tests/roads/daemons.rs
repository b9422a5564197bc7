//! The programs of several daemons on the one cgroup that all processes are in, and of one daemon that
//! starts again.

use std::{net::SocketAddr, thread};

use causeway_common::Service;

use crate::{
    scene::{A, B, Scene, addr, cgroup},
    services::{VIP, led_to},
};

/// Calls while the programs are replaced again and again.
const CALLS: u32 = 200;

#[test]
fn each_daemon_sees_to_its_own_namespaces() {
    let (mut one, mut two) = (Scene::set("daemon-one"), Scene::set("daemon-two"));
    one.serve(&[A], Service::default());
    two.serve(&[B], Service::default());
    one.look_after(5301, 5301);
    let (vip, dns) = (SocketAddr::from((addr(VIP), 80)), SocketAddr::from(([127, 0, 0, 11], 53)));
    for (scene, backend, port) in [(&one, A, 5301), (&two, B, 53)] {
        for netns in [&scene.a, &scene.b, &scene.node] {
            assert_eq!(led_to(netns, vip).ip(), addr(backend));
        }
        assert_eq!(led_to(&scene.a, dns).port(), port);
    }
    drop(one);
    assert_eq!(led_to(&two.a, vip).ip(), addr(B), "the other one stays");
}

#[test]
fn no_call_meets_no_program_while_a_daemon_starts_again() {
    let mut scene = Scene::set("daemon-again");
    scene.serve(&[B], Service::default());
    let at = SocketAddr::from((addr(VIP), 80));
    let (Scene { a, dataplane, .. }, cgroup) = (&mut scene, cgroup());
    thread::scope(|scope| {
        let calls = scope.spawn(|| (0..CALLS).for_each(|_| assert_eq!(led_to(a, at).ip(), addr(B))));
        while !calls.is_finished() {
            dataplane.attach_sockets(cgroup.as_ref()).unwrap();
        }
    });
}
