//! Links: attached to a namespace's `lo`, where the world's sender is (interface 1). Whatever is sent
//! to 127.0.0.1 there has no MAC, so the program that sees it drops it as `spoofed_mac`.

use std::{net::UdpSocket, time::Duration};

use causeway::kernel::{Hook, KernelError};
use causeway_lab::{Netns, ip::ip};
use causeway_tests::dataplane::{Fixture, pins, world};

use crate::flood::under_packets;

const HOOK: Hook = Hook::FromContainer;
const LO: (&str, u32) = ("lo", world::SENDER_IFINDEX);

/// A namespace of the test's own, `lo` up.
fn namespace(name: &str) -> Netns {
    let netns = Netns::create(&format!("cwk-{name}-{}", std::process::id())).expect("root");
    ip(&netns, "link set lo up").expect("lo is there");
    netns
}

fn attach(fixture: &mut Fixture, netns: &Netns, (name, ifindex): (&str, u32)) -> Result<(), KernelError> {
    netns.run(|| fixture.attach(HOOK, name, ifindex)).expect("the namespace is there")
}

/// A datagram to lo; whether it arrived.
fn arrives(netns: &Netns) -> bool {
    let send = || {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        socket.send_to(b"x", socket.local_addr()?)?;
        socket.recv(&mut [0; 8])
    };
    netns.run(send).expect("the namespace is there").is_ok()
}

fn dropped(fixture: &Fixture) -> u64 {
    fixture.drops().expect("counters are readable")["spoofed_mac"]
}

#[test]
fn a_link_works_until_it_is_detached() {
    let (netns, mut fixture) = (namespace("link"), Fixture::new().expect("root"));
    assert!(arrives(&netns));
    attach(&mut fixture, &netns, LO).expect("lo can be attached to");
    attach(&mut fixture, &netns, LO).expect("twice is no error");
    assert_eq!(fixture.attached().expect("pins are readable"), [(HOOK, 1)]);
    assert!(!arrives(&netns));
    assert_eq!(dropped(&fixture), 1, "attached once");
    fixture.detach(HOOK, 1).expect("it is attached");
    fixture.detach(HOOK, 1).expect("twice is no error");
    assert!(fixture.attached().expect("pins are readable").is_empty());
    // The kernel lets go of a link some milliseconds after its last pin.
    assert!((0..50).any(|_| arrives(&netns)), "the program is still there");
}

#[test]
fn a_restart_leaves_no_moment_without_program_and_no_table_empty() {
    let (netns, mut fixture) = (namespace("restart"), Fixture::new().expect("root"));
    attach(&mut fixture, &netns, LO).expect("lo can be attached to");
    let tables = fixture.observe().expect("maps are readable");
    let (sent, arrived) = under_packets(&netns, || {
        for _ in 0..5 {
            pins::as_another_version(&fixture.options().bpf_dir).expect("one is there");
            fixture.reopen().expect("it loaded before");
        }
    });
    assert!(sent > 100, "the sender was busy during the restarts: {sent}");
    assert_eq!((arrived, dropped(&fixture)), (0, sent), "each datagram met a program");
    assert_eq!(fixture.observe().expect("maps are readable"), tables);
}

#[test]
fn a_link_whose_interface_is_gone_goes_too() {
    let (netns, mut fixture) = (namespace("gone"), Fixture::new().expect("root"));
    ip(&netns, "link add gone0 index 70 type veth peer name gone1").expect("made");
    attach(&mut fixture, &netns, ("gone0", 70)).expect("it is there");
    ip(&netns, "link del gone0").expect("it was there");
    fixture.reopen().expect("a dead link is no obstacle");
    assert!(fixture.attached().expect("pins are readable").is_empty());
}

#[test]
fn a_new_interface_may_have_the_index_of_one_that_is_gone() {
    let (netns, mut fixture) = (namespace("again"), Fixture::new().expect("root"));
    for _ in 0..2 {
        ip(&netns, "link add again0 index 71 type veth peer name again1").expect("made");
        attach(&mut fixture, &netns, ("again0", 71)).expect("it is there");
        ip(&netns, "link del again0").expect("it was there");
    }
}

#[test]
fn an_interface_that_is_not_there_is_named() {
    let (netns, mut fixture) = (namespace("none"), Fixture::new().expect("root"));
    for (name, ifindex) in [("nowhere0", 5), ("lo", 2)] {
        let error = attach(&mut fixture, &netns, (name, ifindex)).expect_err("it is not there").to_string();
        assert_eq!(
            error,
            format!("interface {name} (index {ifindex}) is not in the daemon's network namespace")
        );
    }
}
