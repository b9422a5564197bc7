//! A round as the reconciler carries it out, with what must hold after every single step.

use causeway_common::service::ACTIVE;

use super::{Host, Step, Tables, apply, diff, tables};
use crate::{desired::State, plan::Planner};

/// Plans and applies, as a node that plans again and again.
pub(super) fn settle(planner: &mut Planner, state: &State, host: &Host, now: &mut Tables) {
    let desired = planner.tables(state, host, now);
    assert_eq!(desired, tables(state, host, now), "what a planner remembers decides nothing");
    let before = now.clone();
    for step in diff(&desired, now) {
        if let Step::PutRing(first, slots) = &step {
            assert!(!is_read(now, *first, slots.len()), "a ring in use is written");
        }
        apply(now, std::slice::from_ref(&step));
        if is_of_services(&step) {
            check_rings(now);
        }
    }
    forget_rings(now);
    assert_eq!(*now, desired);
    check_indices(&before, now);
    let all_active = |(first, _): (u32, u32)| {
        now.rings[&first].iter().all(|index| now.backends[&u32::from(*index)].flags == ACTIVE)
    };
    assert!(current(now).all(all_active), "a ring leads to who takes nothing new");
}

const fn is_of_services(step: &Step) -> bool {
    matches!(
        step,
        Step::PutBackend(..)
            | Step::DeleteBackend(_)
            | Step::PutRing(..)
            | Step::PutService(..)
            | Step::DeleteService(_)
            | Step::PutIngress(..)
            | Step::DeleteIngress(_)
    )
}

/// First slots and lengths of all rings that new conversations go by.
fn current(tables: &Tables) -> impl Iterator<Item = (u32, u32)> {
    let both = tables.services_v4.values().flat_map(|s| [(s.ring, s.slots), (s.local_ring, s.local_slots)]);
    both.filter(|(_, slots)| *slots != 0)
}

/// Those, and the ones that ports name of earlier.
fn named(tables: &Tables) -> impl Iterator<Item = (u32, u32)> {
    let ports = tables.ingress.values().flat_map(|i| [(i.ring, i.slots), (i.before, i.before_slots)]);
    current(tables).chain(ports.filter(|(_, slots)| *slots != 0))
}

fn is_read(tables: &Tables, first: u32, slots: usize) -> bool {
    let end = first + u32::try_from(slots).unwrap();
    named(tables).any(|(other, slots)| first < other + slots && other < end)
}

/// Rings are not deleted: those that no service names are not seen.
fn forget_rings(tables: &mut Tables) {
    let named: Vec<_> = named(tables).map(|(first, _)| first).collect();
    tables.rings.retain(|first, _| named.contains(first));
}

/// Every ring that a service names is there, and leads to backends of that service only.
fn check_rings(tables: &Tables) {
    assert!(named(tables).all(|(first, _)| tables.rings.contains_key(&first)), "a ring is nowhere");
    for service in tables.services_v4.values() {
        for (first, slots) in [(service.ring, service.slots), (service.local_ring, service.local_slots)] {
            if slots == 0 {
                continue;
            }
            let ring = &tables.rings[&first];
            assert!(slots.is_power_of_two() && first.is_multiple_of(slots), "{first}, {slots}");
            assert_eq!(ring.len(), slots as usize);
            let is_its = |index: &u16| tables.backends.get(&u32::from(*index)).map(|b| b.service);
            assert!(
                ring.iter().all(|index| is_its(index) == Some(service.number)),
                "a dead backend is named"
            );
        }
    }
}

/// Who was there and still is has the same index; nobody has one that was another's a moment ago.
fn check_indices(before: &Tables, now: &Tables) {
    for (index, backend) in &now.backends {
        let who = |b: &causeway_common::Backend| (b.service, b.node, b.addr);
        let same = |other: &causeway_common::Backend| who(other) == who(backend);
        match before.backends.get(index) {
            Some(other) => assert!(same(other), "{index} is somebody else's"),
            None => assert!(!before.backends.values().any(same), "an index was given up for {index}"),
        }
    }
    for (vip, service) in &now.services_v4 {
        match before.services_v4.iter().find(|(_, other)| other.number == service.number) {
            Some((other, _)) => assert_eq!(other, vip, "a number is somebody else's"),
            None => assert!(!before.services_v4.contains_key(vip), "a number was given up"),
        }
    }
}
