//! Frames to be mutated, and the mutations.

use causeway::kernel::Hook;
use causeway_common::Ipv4;
use causeway_tests::dataplane::{
    packets::{by_gateway, from_far, from_node_1, from_sender, who_has},
    world::{self, FAR, FAR_ROUTED, GATEWAY, LOST, NEIGHBOUR, NOBODY, ROUTED, ROUTED_VNI, STRANGER, VNI},
};
use rand::{Rng, RngCore, rngs::StdRng, seq::IndexedRandom};

/// Shorter frames the kernel may refuse to make an skb of: those of an IP without its header.
pub(crate) const SHORTEST: usize = 14 + 40;

/// Addresses of every kind.
const ADDRS: &[Ipv4] = &[NEIGHBOUR, FAR, LOST, ROUTED, FAR_ROUTED, STRANGER, NOBODY, GATEWAY, world::SENDER];
/// VNIs of every kind.
const VNIS: &[u32] = &[VNI, ROUTED_VNI, world::STRANGER_VNI, 5000, 0, 0x00ff_0000];

/// A frame that a hook may see, after some mutation or none.
pub(crate) fn mutated(rng: &mut StdRng, hook: Hook) -> Vec<u8> {
    let frame = valid(rng, hook);
    change(rng, frame)
}

/// The frame after some mutation or none.
pub(crate) fn change(rng: &mut StdRng, mut frame: Vec<u8>) -> Vec<u8> {
    match rng.random_range(0..10) {
        0 => {}
        1..=5 => change_bytes(rng, &mut frame),
        6 => frame.truncate(rng.random_range(14..=frame.len())),
        7 => frame.extend(vec![0xee; rng.random_range(1..1600)]),
        8 => change_words(rng, &mut frame),
        _ => rng.fill_bytes(&mut frame),
    }
    frame
}

fn valid(rng: &mut StdRng, hook: Hook) -> Vec<u8> {
    let addr = *ADDRS.choose(rng).expect("not empty");
    match hook {
        Hook::FromHost | Hook::FromUplink | Hook::FromOutside => {
            from_node_1(*VNIS.choose(rng).expect("not empty"), &from_far(addr))
        }
        Hook::FromContainer => match rng.random_range(0..3) {
            0 => from_sender(addr),
            1 => by_gateway(addr),
            _ => who_has(addr),
        },
    }
}

/// Changes one to four bytes, mostly of the headers.
fn change_bytes(rng: &mut StdRng, frame: &mut [u8]) {
    let headers = frame.len().min(84);
    for _ in 0..rng.random_range(1..=4) {
        frame[rng.random_range(0..headers)] = rng.random();
    }
}

/// Puts a value of the edges somewhere.
fn change_words(rng: &mut StdRng, frame: &mut [u8]) {
    let edge = *[0_u16, 1, 19, 20, 0x7fff, 0x8000, 0xffff].choose(rng).expect("not empty");
    let at = rng.random_range(0..frame.len().min(84) - 1);
    frame[at..at + 2].copy_from_slice(&edge.to_be_bytes());
}
