//! Outer headers: what the step writes is what etherparse builds.

use causeway_common::{Endpoint, node};
use causeway_ebpf::{
    steps::encap::{self, Inner},
    wire::{self, EncapsulatedFrame},
};
use causeway_tests::dataplane::{
    packets::{outer_ip, vxlan},
    world::{self, PORT, UPLINK_MAC, VTEP},
};
use etherparse::{IpEcn, Ipv4Header};
use rand::{Rng, RngCore, rngs::StdRng};

use crate::random::each;

/// An inner frame of random bytes.
fn inner(rng: &mut StdRng) -> Vec<u8> {
    let len = if rng.random_bool(0.01) { rng.random_range(34..65_000) } else { rng.random_range(34..256) };
    let mut frame = vec![0; len];
    rng.fill_bytes(&mut frame[..34]);
    frame[12..14].copy_from_slice(&[8, 0]);
    frame
}

#[test]
fn outer_headers_are_what_etherparse_builds() {
    each(4, |rng| {
        let (frame, hash, ecn) = (inner(rng), rng.random(), rng.random_range(0..4));
        let (vtep, next_hop) = (rng.random(), rng.random());
        let vni = rng.random_range(0..1 << 24);
        let node = world::node_towards(vtep, next_hop, node::RESOLVED);
        let expected = expected(vtep, next_hop, ecn, vni, hash, &frame);
        assert_eq!(
            written(
                &node,
                &frame,
                Inner { to: &endpoint(vni, &frame), source_mac: &mac(&frame[6..12]), ecn, hash }
            ),
            expected
        );
    });
}

/// What the step makes of room in front of a frame.
fn written(node: &causeway_common::Node, frame: &[u8], inner: Inner<'_>) -> Vec<u8> {
    // Room holds whatever was there before.
    let mut packet = vec![0x5a; 50];
    packet.extend(frame);
    packet[50..64].fill(0x5a);
    let len = u32::try_from(packet.len()).unwrap_or(u32::MAX);
    encap::write(wire::of::<EncapsulatedFrame>(&mut packet).expect("64 bytes"), node, &inner, len);
    packet
}

/// The same by etherparse; the port is the upper 14 bits of the hash, in the dynamic range.
fn expected(vtep: [u8; 4], next_hop: [u8; 6], ecn: u8, vni: u32, hash: u32, frame: &[u8]) -> Vec<u8> {
    let ecn = IpEcn::try_new(ecn).expect("two bits");
    let header = Ipv4Header { ecn, ..outer_ip(VTEP, vtep) };
    let mut packet = vxlan((next_hop, UPLINK_MAC), &header, PORT, vni, frame);
    let port = 49_152 + hash / (1 << 18);
    packet[34..36].copy_from_slice(&u16::try_from(port).expect("a port").to_be_bytes());
    packet
}

fn endpoint(vni: u32, frame: &[u8]) -> Endpoint {
    Endpoint { mac: mac(&frame[..6]), vni, ..Endpoint::default() }
}

fn mac(bytes: &[u8]) -> [u8; 6] {
    bytes.try_into().expect("six bytes")
}
