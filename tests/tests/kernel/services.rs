//! Tables of services, and rings, which are written as memory.

use std::{collections::BTreeMap, sync::Arc};

use causeway::plan::{Step, Tables, diff};
use causeway_common::{Backend, MemberKey, Namespace, RingBlock, Service, limits, service};
use causeway_tests::dataplane::Fixture;

const VIP: [u8; 4] = [10, 255, 0, 1];

fn backend(number: u8) -> Backend {
    Backend { addr: [10, 9, 0, number], vni: 4097, flags: service::ACTIVE, service: 1, ..Backend::default() }
}

/// A ring of so many slots, from a number on.
fn ring(slots: u32, from: u16) -> Arc<[u16]> {
    (0..slots).map(|slot| from.wrapping_add(u16::try_from(slot % 7).expect("small"))).collect()
}

fn service(ring: u32, slots: u32) -> Service {
    Service { network: 4097, number: 1, ring, slots, ..Service::default() }
}

/// The world's tables with a service, its backends and its rings.
fn desired(fixture: &Fixture) -> Tables {
    let tables = fixture.observe().expect("maps are readable");
    let service = Service { local_ring: 65_536, local_slots: 256, ..service(32, 65_536 - 32) };
    Tables {
        namespaces: BTreeMap::from([(7, Namespace { dns_udp: [0, 1], dns_tcp: [0, 2], flags: 0 })]),
        members: BTreeMap::from([(MemberKey { cookie: 7, network: 4097, reserved: 0 }, [10, 9, 0, 2])]),
        backends: (1..=9).map(|number| (number.into(), backend(number))).collect(),
        rings: BTreeMap::from([(32, ring(65_536 - 32, 1)), (65_536, ring(256, 3))]),
        services_v4: BTreeMap::from([(VIP, service)]),
        ..tables
    }
}

#[test]
fn services_are_observed_as_they_were_applied() {
    let mut fixture = Fixture::new().expect("root");
    let (before, desired) = (fixture.observe().expect("maps are readable"), desired(&fixture));
    fixture.apply(&diff(&desired, &before)).expect("they fit");
    assert_eq!(fixture.observe().expect("maps are readable"), desired);
    fixture.apply(&diff(&before, &desired)).expect("they are there");
    assert_eq!(fixture.observe().expect("maps are readable"), before);
}

#[test]
fn a_ring_touches_no_neighbour() {
    let mut fixture = Fixture::new().expect("root");
    let rings: BTreeMap<u32, Arc<[u16]>> = [0, 32, 64, 32_768, 65_536]
        .map(|first| (first, ring(32, u16::try_from(first / 32).expect("small") + 1)))
        .into();
    let steps = rings.iter().map(|(first, slots)| Step::PutRing(*first, slots.clone()));
    fixture.apply(&steps.collect::<Vec<_>>()).expect("they fit");
    let services =
        rings.keys().zip(1_u8..).map(|(first, n)| Step::PutService([10, 255, 0, n], service(*first, 32)));
    fixture.apply(&services.collect::<Vec<_>>()).expect("they fit");
    assert_eq!(fixture.observe().expect("maps are readable").rings, rings);
}

#[test]
fn a_ring_beyond_the_last_slot_is_refused_and_the_last_is_not() {
    let mut fixture = Fixture::new().expect("root");
    let last = limits::RING_SLOTS - RingBlock::SLOTS;
    fixture.apply(&[Step::PutRing(last, ring(32, 1))]).expect("the last block is there");
    for (first, slots) in [(last, 33), (limits::RING_SLOTS, 32), (u32::MAX - 31, 64)] {
        let error = fixture.apply(&[Step::PutRing(first, ring(slots, 1))]).expect_err("behind the end");
        let expected = "map RINGS is full: raise `ring_slots` in the configuration's [limits]";
        assert_eq!(error.to_string(), expected);
    }
}
