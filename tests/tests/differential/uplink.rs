//! What comes in on the uplink: whose it is, and what is in it.

use causeway_ebpf::{
    steps::{decap, mine},
    wire::{self, TransportFrame, VxlanFrame},
};
use causeway_tests::dataplane::{
    oracle,
    packets::{from_far, outer_ip, vxlan},
    world::{FAR_MAC, FAR_VTEP, NEIGHBOUR, PORT, UPLINK_MAC, VTEP},
};
use rand::{Rng, rngs::StdRng};

use crate::random::{each, header, mutate};

const MACS: ([u8; 6], [u8; 6]) = (UPLINK_MAC, FAR_MAC);

/// A VXLAN packet for this node, mostly; then a few bytes of it changed.
fn case(rng: &mut StdRng) -> (u32, Vec<u8>) {
    let vni = rng.random_range(0..1 << 24);
    let mut ip = if rng.random_bool(0.9) { outer_ip(FAR_VTEP, VTEP) } else { header(rng) };
    ip.protocol = etherparse::IpNumber::UDP;
    let mut packet = vxlan(MACS, &ip, PORT, vni, &from_far(NEIGHBOUR));
    let headers = packet.len().min(84);
    mutate(rng, &mut packet[..headers]);
    (vni, packet)
}

#[test]
fn vxlan_for_this_node_is_what_etherparse_sees() {
    each(7, |rng| {
        let (_, mut packet) = case(rng);
        let expected = oracle::is_mine(&packet);
        let frame = wire::of::<TransportFrame>(&mut packet).expect("42 bytes");
        assert_eq!(mine::is_mine(frame, VTEP, PORT), expected, "{packet:02x?}");
    });
}

#[test]
fn what_is_in_vxlan_is_what_etherparse_sees() {
    each(8, |rng| {
        let (_, mut packet) = case(rng);
        // Both sides look at an outer header without options; the step before sees to that.
        packet[14] = 0x45;
        let (vni, inner) = (oracle::vni(&packet), oracle::inner(&packet));
        let len = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        let frame = wire::of::<VxlanFrame>(&mut packet).expect("84 bytes");
        assert_eq!(decap::vni(frame, len), vni);
        if vni.is_ok() {
            assert_eq!(decap::check_inner(&frame.inner, frame.outer.udp.len), inner, "{packet:02x?}");
        }
    });
}
