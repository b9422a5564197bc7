//! Frames with a VLAN's tag: they are for that VLAN's own interface, not for the one that they come by.

use std::{io::Write, process::Stdio, time::Duration};

use causeway_lab::{Netns, spawn, wait};
use causeway_tests::dataplane::translated::{Kind, packet};

use crate::scene::{B, NODE, OUTSIDE, Scene, mac_of};

/// Sends a frame as it is.
fn send(from: &Netns, frame: &[u8]) {
    let mut socat = spawn::command(from, "socat");
    let mut socat = socat.args(["-u", "-", "INTERFACE:eth0"]).stdin(Stdio::piped()).spawn().unwrap();
    socat.stdin.take().unwrap().write_all(frame).unwrap();
    assert!(socat.wait().unwrap().success());
}

/// The same frame in VLAN 7 (IEEE 802.1Q).
fn tagged(frame: &[u8]) -> Vec<u8> {
    [&frame[..12], &[0x81, 0, 0, 7], &frame[12..]].concat()
}

#[test]
fn a_tagged_frame_reaches_no_published_port_of_the_untagged_network() {
    let mut scene = Scene::set("tagged");
    scene.publish([0; 4], 8053, 17, (B, 53));
    let macs = (scene.node.run(|| mac_of("up0")).unwrap(), [0x02, 0, 0, 0, 0, 0x07]);
    let frame = packet(Kind::Udp, macs, (OUTSIDE, 6000), (NODE, 8053), 64);
    send(&scene.outside, &tagged(&frame));
    send(&scene.outside, &frame);
    let came = || Ok(scene.count("from_outside") > 0);
    wait::until("the frame comes in", Duration::from_secs(5), came).unwrap();
    assert_eq!(scene.count("from_outside"), 1, "the one without a tag");
}
