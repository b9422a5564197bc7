//! Malformed and mutated frames on the roads out of networks. What becomes of each hangs on the flows
//! that those before it left, so the oracle says less here: each frame is counted once, and whatever
//! is forwarded is a whole IPv4 packet.

use causeway::kernel::{Hook, SkbContext};
use causeway_common::{
    Counter, DropReason, MESH_VNI, Mac,
    service::{ACTIVE, DRAINING},
};
use causeway_tests::dataplane::{
    Fixture, ingress,
    local::{
        self, CLIENT, HOST_MAC, LISTED, NAMES, NARROW, NODE, OWN, PORT, ROUTER_MAC, UPLINK_IFINDEX, WEB,
    },
    oracle,
    packets::from_node_1,
    services::{self, HERE, LED_PORT, NOBODYS, STRANGERS, THERE},
    translated::{At, Kind, error, packet},
    world::{self, GATEWAY, NEIGHBOUR, NOBODY, ROUTED, SENDER, STRANGER, UPLINK_MAC, mac},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{FRAMES, counted, frames};

const KINDS: &[Kind] = &[
    Kind::Tcp(2),
    Kind::Tcp(18),
    Kind::Tcp(16),
    Kind::Tcp(4),
    Kind::Udp,
    Kind::UdpUnchecked,
    Kind::Echo,
    Kind::EchoReply,
];
const INSIDE: &[At] = &[(SENDER, 5000), (SENDER, 7)];
const OUTSIDE: &[At] = &[
    (CLIENT, 80),
    (CLIENT, 6000),
    (NARROW, 80),
    (NODE, WEB),
    (NODE, OWN),
    (NODE, LISTED),
    (GATEWAY, 22),
    (STRANGER, 80),
    (HERE, 80),
    (THERE, 80),
    (services::OWN, 80),
    (NOBODYS, 80),
    (STRANGERS, 80),
    (services::GONE, LED_PORT),
];
const PORTS: &[At] = &[(NODE, PORT), (NODE, WEB), (NODE, NAMES), (NODE, OWN), (NODE, LISTED), (NODE, 22)];
const OWN_ADDRS: &[At] = &[(NEIGHBOUR, 80), (STRANGER, 80), (ROUTED, 80), (NOBODY, 80), ([224, 0, 0, 1], 80)];

/// A packet from one of some ends to one of others, or an error about one that went the other way.
fn between(rng: &mut StdRng, macs: (Mac, Mac), from: &[At], to: &[At]) -> Vec<u8> {
    let (kind, hops) = (*KINDS.choose(rng).expect("some"), rng.random_range(1..=64));
    let (from, to) = (*from.choose(rng).expect("some"), *to.choose(rng).expect("some"));
    if rng.random_bool(0.8) {
        return packet(kind, macs, from, to, hops);
    }
    let about = packet(kind, macs, to, from, hops);
    error(macs, from.0, to.0, hops, (&about, 28))
}

fn valid(rng: &mut StdRng, hook: Hook) -> Vec<u8> {
    match hook {
        Hook::FromContainer => between(rng, (mac(GATEWAY), mac(SENDER)), INSIDE, OUTSIDE),
        Hook::FromUplink | Hook::FromOutside => {
            between(rng, (UPLINK_MAC, ROUTER_MAC), &[(CLIENT, 80), (CLIENT, 6000)], PORTS)
        }
        Hook::FromHost => between(rng, ([2, 0, 0, 0, 0, 0x51], HOST_MAC), &[(GATEWAY, 4000)], OWN_ADDRS),
    }
}

/// Ports of the mesh.
const PORTS_OF_MESH: &[u16] = &[
    ingress::NEAR,
    ingress::AWAY,
    ingress::MINE,
    ingress::EMPTY,
    ingress::CHOSEN,
    ingress::CUT,
    ingress::STRAIGHT,
    ingress::MOVED,
];

/// From a client to a port of the mesh; as it comes in, or by another node, for some backend.
fn ports_of_the_mesh(rng: &mut StdRng, _: Hook) -> Vec<u8> {
    let port = *PORTS_OF_MESH.choose(rng).expect("some");
    let clients: &[At] = &[(CLIENT, 80), (CLIENT, 6000), (NARROW, 80)];
    if rng.random_bool(0.4) {
        return between(rng, (UPLINK_MAC, ROUTER_MAC), clients, &[(NODE, port)]);
    }
    let backend = mac(*[NEIGHBOUR, SENDER, STRANGER, NOBODY, NODE].choose(rng).expect("some"));
    let mut names = backend;
    names[1] = rng.random_range(0x42..=0x44);
    let forth = rng.random_bool(0.7);
    let (from, to): (&[At], &[At]) =
        if forth { (clients, &[(world::FAR_VTEP, port)]) } else { (&[(NODE, port)], clients) };
    let inner = between(rng, (if forth { backend } else { mac(NODE) }, names), from, to);
    from_node_1(MESH_VNI, &inner)
}

/// Has clients ask the sender by another node; how many packets.
fn acquaint(fixture: &Fixture) -> u64 {
    let asks = [(CLIENT, 80), (CLIENT, 6000)].map(|client| {
        let macs = (mac(SENDER), mac(SENDER));
        from_node_1(MESH_VNI, &packet(Kind::Tcp(2), macs, client, (world::FAR_VTEP, ingress::MINE), 64))
    });
    let uplink = SkbContext { ifindex: UPLINK_IFINDEX, ..SkbContext::default() };
    for packet in &asks {
        let outcome = fixture.test_run(Hook::FromUplink, packet, uplink, 1).expect("it runs");
        assert_eq!(outcome.verdict, 7, "it is carried");
    }
    asks.len() as u64
}

/// From the sender, as a backend, to clients that have asked it by the mesh or not.
fn answers(rng: &mut StdRng, _: Hook) -> Vec<u8> {
    let port = *PORTS_OF_MESH.choose(rng).expect("some");
    let to: &[At] = &[(CLIENT, 80), (CLIENT, 6000), (NODE, port), (NODE, port)];
    between(rng, (mac(GATEWAY), mac(SENDER)), &[(SENDER, 80), (SENDER, 5000)], to)
}

/// Checks a frame's verdict and what it became; whether the host got it.
fn check(fixture: &Fixture, hook: Hook, frame: &[u8]) -> Option<bool> {
    let ifindex = if matches!(hook, Hook::FromUplink | Hook::FromOutside) { UPLINK_IFINDEX } else { 0 };
    let outcome = fixture.test_run(hook, frame, SkbContext { ifindex, ..SkbContext::default() }, 1);
    let Ok(outcome) = outcome else {
        assert!(frame.len() < frames::SHORTEST, "the kernel takes it: {frame:02x?}");
        return None;
    };
    match outcome.verdict.cast_signed() {
        -1 => assert_eq!(outcome.packet, frame, "what is the host's stays as it is"),
        2 => {}
        7 => {
            let arp = outcome.packet[12..14] == [8, 6];
            let whole = oracle::sound_ipv4(&outcome.packet[14..]).is_some();
            assert!(arp || whole, "{hook} forwards {:02x?}, of {frame:02x?}", outcome.packet);
        }
        other => panic!("{hook} says {other} of {frame:02x?}"),
    }
    Some(outcome.verdict.cast_signed() == -1)
}

fn holds(hook: Hook, seed: u64, ends: usize) {
    let ground = local::ground(&format!("cw-malformed-{hook}-{}", std::process::id())).expect("a namespace");
    ground.run(|| flood(hook, seed, ends, valid)).expect("the flood holds");
}

fn flood(hook: Hook, seed: u64, ends: usize, valid: fn(&mut StdRng, Hook) -> Vec<u8>) {
    let mut fixture = Fixture::new().expect("root, and programs that load");
    fixture.apply(&local::steps()).expect("tables are filled");
    fixture.apply(&services::steps()).expect("tables are filled");
    fixture.apply(&ingress::steps()).expect("tables are filled");
    fixture
        .apply(&ingress::rings(Some((NEIGHBOUR, ACTIVE)), Some((world::FAR, DRAINING)), 0))
        .expect("tables are filled");
    for (key, vip) in services::led() {
        fixture.note_led(key, vip).expect("there is room");
    }
    let acquainted = acquaint(&fixture);
    let (mut rng, mut frames, mut host) = (StdRng::seed_from_u64(seed), 0, 0);
    while frames < FRAMES {
        let frame = valid(&mut rng, hook);
        let frame = frames::change(&mut rng, frame);
        let Some(to_host) = check(&fixture, hook, &frame) else { continue };
        frames += 1;
        host += u64::from(to_host);
    }
    let counted = counted(&fixture);
    println!("{hook}: {host} left to the host, {counted:?}");
    assert!(counted.len() >= ends, "the frames reach too few ends: {counted:?}");
    // Who is told that a packet cannot go on lost it: that counts under both names.
    let of = |name| counted.get(name).copied().unwrap_or_default();
    let (big, expired) = (of(Counter::TooBigTold.name()), of(Counter::ExpiredTold.name()));
    let refused = of(Counter::RefusedTold.name());
    assert!(big <= of(DropReason::TooBig.name()) && expired <= of(DropReason::TtlExpired.name()));
    assert!(refused <= of(DropReason::NoBackend.name()));
    assert_eq!(
        counted.values().sum::<u64>() - big - expired - refused + host,
        u64::from(FRAMES) + acquainted
    );
}

#[test]
fn beyond_networks_nothing_malformed_leaves() {
    holds(Hook::FromContainer, 3, 20);
}

#[test]
fn from_the_outside_nothing_malformed_comes_in() {
    holds(Hook::FromUplink, 4, 4);
}

#[test]
fn by_another_interface_nothing_malformed_comes_in() {
    holds(Hook::FromOutside, 6, 4);
}

#[test]
fn ports_of_the_mesh_let_nothing_malformed_pass() {
    let ground = local::ground(&format!("cw-malformed-mesh-{}", std::process::id())).expect("a namespace");
    ground.run(|| flood(Hook::FromUplink, 7, 14, ports_of_the_mesh)).expect("the flood holds");
}

#[test]
fn backends_answers_that_are_malformed_go_nowhere() {
    let ground = local::ground(&format!("cw-malformed-answers-{}", std::process::id())).expect("a namespace");
    ground.run(|| flood(Hook::FromContainer, 8, 14, answers)).expect("the flood holds");
}

#[test]
fn from_the_host_nothing_malformed_comes_in() {
    holds(Hook::FromHost, 5, 6);
}
