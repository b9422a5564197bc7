//! Clients that stay with their backend.

use std::{net::SocketAddr, thread::sleep, time::Duration};

use causeway_common::{Service, service};

use crate::{
    scene::{A, B, Scene, addr},
    services::{VIP, led_to},
};

/// Chosen by chance, and kept for so many seconds.
fn kept(seconds: u32) -> Service {
    let flags = service::RANDOM | service::AFFINITY;
    Service { flags, affinity_seconds: seconds, ..Service::default() }
}

#[test]
fn a_client_stays_with_its_backend_as_long_as_that_is_live() {
    let mut scene = Scene::set("kept");
    scene.serve(&[A, B], kept(600));
    let at = SocketAddr::from((addr(VIP), 80));
    let first = led_to(&scene.a, at);
    assert!((0..32).all(|_| led_to(&scene.a, at) == first));
    let (index, gone, other) = if first.ip() == addr(A) { (1, A, B) } else { (2, B, A) };
    scene.mark(index, gone, service::DRAINING);
    // The ring names both until the daemon's next step.
    let next = (0..64).map(|_| led_to(&scene.a, at)).find(|to| to.ip() == addr(other)).unwrap();
    scene.mark(index, gone, service::ACTIVE);
    assert!((0..32).all(|_| led_to(&scene.a, at) == next), "it stays with the new one");
}

#[test]
fn it_is_let_go_when_it_was_not_seen_for_long() {
    let mut scene = Scene::set("let-go");
    scene.serve(&[A, B], kept(0));
    let at = SocketAddr::from((addr(VIP), 80));
    let first = led_to(&scene.a, at);
    let elsewhere = (0..16).any(|_| {
        sleep(Duration::from_millis(1100));
        led_to(&scene.a, at) != first
    });
    assert!(elsewhere, "fifteen throws in a row are alike once in thirty thousand times");
}

#[test]
fn clients_are_told_apart() {
    let mut scene = Scene::set("apart");
    let at = SocketAddr::from((addr(VIP), 80));
    // Fresh throws for each number of a service: 32 pairs are alike once in four thousand million times.
    let differ = (10..42).any(|number| {
        scene.serve(&[A, B], Service { number, ..kept(600) });
        led_to(&scene.a, at) != led_to(&scene.b, at)
    });
    assert!(differ);
    for client in [&scene.a, &scene.b, &scene.node] {
        let first = led_to(client, at);
        assert!((0..16).all(|_| led_to(client, at) == first));
    }
}
