//! The injector of faults does exactly what it says, and counts it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod wire;

use std::collections::BTreeSet;

use causeway_common::faults::{Disturbance, WHOLE};
use wire::{PACKETS, Wire};

/// A tenth of all packets.
const TENTH: u32 = WHOLE / 10;

/// The packets to which this is done, as it follows from the seed.
fn chosen(wire: &Wire, what: Disturbance) -> BTreeSet<u32> {
    let orders = wire.faults.orders();
    (0..PACKETS).filter(|number| orders.decide(*number) == Some(what)).collect()
}

#[test]
fn nothing_is_done_unless_it_is_asked_for() {
    let wire = Wire::lay(1);
    let arrived = wire.send_all();
    assert!(arrived.whole.iter().copied().eq(0..PACKETS));
    assert_eq!((wire.faults.counts().unwrap().sum(), wire.faults.news().unwrap()), (0, Vec::new()));
    wire.faults.drop(TENTH).unwrap();
    wire.faults.calm().unwrap();
    assert_eq!(wire.send_all().whole.len(), PACKETS as usize);
    assert_eq!(wire.faults.counts().unwrap().sum(), 0);
}

#[test]
fn exactly_those_packets_are_dropped_that_the_seed_says() {
    let dropped = |seed| {
        let wire = Wire::lay(seed);
        wire.faults.drop(TENTH).unwrap();
        let arrived = wire.send_all();
        let chosen = chosen(&wire, Disturbance::Drop);
        let missing: BTreeSet<u32> = (0..PACKETS).filter(|number| !arrived.whole.contains(number)).collect();
        assert_eq!(missing, chosen);
        assert_eq!(wire.told(Disturbance::Drop), chosen.iter().copied().collect::<Vec<_>>());
        assert_eq!(wire.faults.counts().unwrap().of(Disturbance::Drop), chosen.len() as u64);
        assert_eq!(wire.freed("tc_ingress"), chosen.len());
        missing
    };
    let first = dropped(7);
    assert!(!first.is_empty());
    assert_eq!(dropped(7), first);
    assert_ne!(dropped(8), first);
}

#[test]
fn exactly_those_packets_come_twice() {
    let wire = Wire::lay(2);
    wire.faults.duplicate(TENTH).unwrap();
    let arrived = wire.send_all();
    let twice: BTreeSet<u32> =
        arrived.whole.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    let chosen = chosen(&wire, Disturbance::Duplicate);
    assert_eq!(twice, chosen);
    assert_eq!(arrived.whole.len(), PACKETS as usize + chosen.len());
    assert_eq!(wire.faults.counts().unwrap().of(Disturbance::Duplicate), chosen.len() as u64);
}

#[test]
fn a_byte_that_was_hit_is_noticed_wherever_it_is() {
    harms(Disturbance::Corrupt);
}

#[test]
fn an_end_that_is_missing_is_noticed() {
    harms(Disturbance::Truncate);
}

/// No harmed packet is delivered for a whole one but where the byte is one that nobody needs; all others are freed
/// under a name.
fn harms(what: Disturbance) {
    let wire = Wire::lay(3);
    wire.faults.disturb(what, WHOLE / 2).unwrap();
    let arrived = wire.send_all();
    let chosen = chosen(&wire, what);
    assert_eq!(wire.told(what).len(), chosen.len());
    assert_eq!(wire.faults.counts().unwrap().of(what), chosen.len() as u64);
    assert_eq!((arrived.harmed, arrived.unknown), (0, 0), "somebody did not look at checksums");
    let freed: BTreeSet<u32> = wire.freed_numbers();
    let missing: BTreeSet<u32> = (0..PACKETS).filter(|number| !arrived.whole.contains(number)).collect();
    assert!(missing.len() > chosen.len() / 2, "{} of {} were noticed", missing.len(), chosen.len());
    assert!(missing.is_subset(&chosen));
    assert_eq!(freed, missing, "who is missing was freed under a name, and nobody else");
}

#[test]
fn packets_that_are_held_up_come_later_and_all_of_them_come() {
    let wire = Wire::lay(4);
    wire.faults.delay(TENTH).unwrap();
    let arrived = wire.send_all();
    assert!(!arrived.whole.is_sorted(), "nobody was overtaken");
    assert!(arrived.whole.iter().copied().collect::<BTreeSet<_>>().into_iter().eq(0..PACKETS));
    let chosen = chosen(&wire, Disturbance::Delay);
    assert_eq!(arrived.whole.len(), PACKETS as usize);
    assert_eq!(wire.faults.counts().unwrap().of(Disturbance::Delay), chosen.len() as u64);
}

#[test]
fn what_the_kernel_drops_is_seen_and_named() {
    let wire = Wire::lay(5);
    let port = wire.nobody();
    assert_eq!(wire.freed("no_socket"), 0);
    (0..10).for_each(|number| wire.send(port, number));
    assert_eq!(wire.freed("no_socket"), 10);
}
