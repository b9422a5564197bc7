//! Malformed and mutated frames into the programs that meet the uplink's frames (XDP): what leaves is the
//! same packet, whole, with the outer headers on or off; what passes is untouched; nothing is dropped.

use causeway::kernel::WireMode;
use causeway_common::{Counter, Mac};
use causeway_tests::dataplane::{
    Fixture, ingress,
    local::{self, CLIENT, NODE, ROUTER_MAC, UPLINK_IFINDEX},
    oracle,
    packets::from_node_1,
    services,
    translated::{Kind, packet},
    world::{FAR, GATEWAY, UPLINK_MAC, mac},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{FRAMES, Tally, counted, frames};

/// `XDP_PASS` and `XDP_TX`.
const PASS: u32 = 2;
const TX: u32 = 3;
/// Bytes of the outer headers, and of those in front of an IP packet that travels.
const OUTER: usize = 50;
const ETHERNET: usize = 14;

const KINDS: &[Kind] =
    &[Kind::Tcp(2), Kind::Tcp(16), Kind::Tcp(4), Kind::Udp, Kind::UdpUnchecked, Kind::Echo];
const PORTS: &[u16] = &[ingress::AWAY, ingress::NEAR, ingress::EMPTY, ingress::CUT, ingress::CHOSEN, 22];

/// A client's packet, or a backend's answer to it by the mesh.
fn valid(rng: &mut StdRng) -> Vec<u8> {
    let (kind, port) = (*KINDS.choose(rng).expect("some"), *PORTS.choose(rng).expect("some"));
    let hops = rng.random_range(1..=64);
    if rng.random_bool(0.5) {
        return packet(kind, (UPLINK_MAC, ROUTER_MAC), (CLIENT, 6000), (NODE, port), hops);
    }
    let carried: (Mac, Mac) = (mac(NODE), mac(GATEWAY));
    from_node_1(causeway_common::MESH_VNI, &packet(kind, carried, (NODE, port), (CLIENT, 6000), hops))
}

/// Where the packet that travels stands in the frame that came and in the one that leaves, and the road.
fn places(frame: &[u8], out: &[u8]) -> (usize, usize, Counter) {
    if out.len() == frame.len() + OUTER {
        (ETHERNET, OUTER + ETHERNET, Counter::ToMesh)
    } else {
        assert_eq!(out.len() + OUTER, frame.len(), "{frame:02x?} leaves as {out:02x?}");
        (OUTER + ETHERNET, ETHERNET, Counter::FromMesh)
    }
}

/// A frame that leaves holds a whole packet from a client to a port of the mesh, or back; of it only the ECN
/// bits, and with them the checksum, may be others.
fn leaves(frame: &[u8], out: &[u8]) -> Counter {
    let (before, after, road) = places(frame, out);
    let (came, goes) = (&frame[before..], &out[after..]);
    assert!(oracle::sound_ipv4(goes).is_some(), "{frame:02x?} leaves as {out:02x?}");
    let masked = |packet: &[u8]| [&packet[2..10], &packet[12..]].concat();
    assert_eq!(masked(came), masked(goes), "{frame:02x?} leaves as {out:02x?}");
    assert_eq!((came[0], came[1] >> 2), (goes[0], goes[1] >> 2), "{frame:02x?} leaves as {out:02x?}");
    let (address, port) = if road == Counter::ToMesh { (16, 22) } else { (12, 20) };
    assert_eq!(came[address..address + 4], NODE, "{frame:02x?}");
    assert!(PORTS.contains(&u16::from_be_bytes([came[port], came[port + 1]])), "{frame:02x?}");
    if road == Counter::ToMesh {
        assert!(oracle::sound_ipv4(&out[ETHERNET..]).is_some(), "{frame:02x?} leaves as {out:02x?}");
        assert_eq!(out[OUTER..OUTER + 6], mac(FAR), "{frame:02x?}");
    } else {
        assert_eq!(out[..12], [ROUTER_MAC, UPLINK_MAC].concat(), "{frame:02x?}");
    }
    road
}

fn holds(mode: WireMode, seed: u64) {
    let ground = local::ground(&format!("cw-malformed-{mode}-{}", std::process::id())).expect("a namespace");
    ground.run(|| flood(mode, seed)).expect("the flood holds");
}

fn flood(mode: WireMode, seed: u64) {
    let mut fixture = Fixture::new().expect("root, and programs that load");
    for steps in [local::steps(), services::steps(), ingress::steps()] {
        fixture.apply(&steps).expect("tables are filled");
    }
    let (mut rng, mut expected, mut passed) = (StdRng::seed_from_u64(seed), Tally::new(), 0);
    for _ in 0..FRAMES {
        let frame = valid(&mut rng);
        let frame = frames::change(&mut rng, frame);
        let outcome = fixture.run_xdp(mode, UPLINK_IFINDEX, &frame, 1).expect("the kernel takes it");
        match outcome.verdict {
            PASS => {
                assert_eq!(outcome.frame, frame, "what passes stays as it is");
                passed += 1;
            }
            TX => *expected.entry(leaves(&frame, &outcome.frame).name()).or_default() += 1,
            other => panic!("XDP says {other} of {frame:02x?}"),
        }
    }
    println!("XDP {mode}: {passed} passed, {expected:?}");
    assert!(expected.len() == 2 && expected.values().all(|count| *count > 1000), "{expected:?}");
    assert_eq!(counted(&fixture), expected);
}

#[test]
fn by_its_driver_nothing_malformed_passes_through() {
    holds(WireMode::Native, 7);
}

#[test]
fn by_the_kernel_nothing_malformed_passes_through() {
    holds(WireMode::Generic, 8);
}
