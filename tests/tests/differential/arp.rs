//! ARP: whose question it is, and the answer.

use causeway_common::{Attachment, Ipv4, Mac};
use causeway_ebpf::{
    steps::arp,
    wire::{self, ArpFrame},
};
use causeway_tests::dataplane::{oracle, packets};
use etherparse::ArpOperation;
use rand::{Rng, rngs::StdRng};

use crate::random::{each, mutate};

const BROADCAST: Mac = [0xff; 6];

/// A container, and a packet that it may have sent.
fn case(rng: &mut StdRng) -> (Attachment, Vec<u8>) {
    let from = Attachment {
        mac: rng.random(),
        addr: rng.random(),
        gateway: rng.random(),
        gateway_mac: rng.random(),
        ..Attachment::default()
    };
    let operation =
        if rng.random_bool(0.9) { ArpOperation::REQUEST } else { ArpOperation(rng.random_range(0..4)) };
    let sender = match rng.random_range(0..10) {
        0 => (rng.random(), from.addr),
        1 => (from.mac, rng.random()),
        2 => (from.mac, [0; 4]),
        _ => (from.mac, from.addr),
    };
    let target: Ipv4 = match rng.random_range(0..8) {
        0 => from.addr,
        1 => from.gateway,
        _ => rng.random(),
    };
    let mut packet = packets::arp((BROADCAST, from.mac), operation, sender, (rng.random(), target));
    if rng.random_bool(0.2) {
        mutate(rng, &mut packet[14..42]);
    }
    (from, packet)
}

#[test]
fn questions_are_judged_as_by_etherparse() {
    each(5, |rng| {
        let (from, mut packet) = case(rng);
        let expected = oracle::asked(&packet, &from);
        let frame = wire::of::<ArpFrame>(&mut packet).expect("42 bytes");
        assert_eq!(arp::asked(&frame.arp, &from), expected, "{:02x?}", frame.arp);
    });
}

#[test]
fn answers_are_what_etherparse_builds() {
    each(6, |rng| {
        let (asker, answerer): ((Mac, Ipv4), (Mac, Ipv4)) = (rng.random(), rng.random());
        let mut packet =
            packets::arp((BROADCAST, asker.0), ArpOperation::REQUEST, asker, ([0; 6], answerer.1));
        arp::reply(wire::of::<ArpFrame>(&mut packet).expect("42 bytes"), answerer.0);
        assert_eq!(packet, packets::arp((asker.0, answerer.0), ArpOperation::REPLY, answerer, asker));
    });
}
