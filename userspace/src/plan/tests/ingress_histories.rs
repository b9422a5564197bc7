//! Whatever happens to a service's backends, two nodes lead a slot to the same one, and the ring that was
//! settled keeps leading to those who were in it, as long as they are there.

use std::collections::BTreeMap;

use causeway_common::Ingress;
use proptest::prelude::*;

use super::ingress_tables::{Seat, serve, update, world};
use crate::{
    api::types::ServiceUpdate,
    desired::{container, world::World},
    model::Node,
};

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    /// A new backend comes, on the first node or the second.
    Comes(bool),
    /// One of those that are there goes, by its place among them.
    Goes(usize),
    /// One takes nothing new.
    Drains(usize),
    /// One takes something new again.
    IsBack(usize),
    /// One gets another share.
    Weighs(usize, u16),
    /// Only the first node looks: the other one sees several changes as one.
    OneLooks,
    /// Both rings have stood for long enough.
    Settles,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => any::<bool>().prop_map(Event::Comes),
        2 => (0..8_usize).prop_map(Event::Goes),
        2 => (0..8_usize).prop_map(Event::Drains),
        1 => (0..8_usize).prop_map(Event::IsBack),
        1 => (0..8_usize, 1..4_u16).prop_map(|(who, weight)| Event::Weighs(who, weight)),
        2 => Just(Event::OneLooks),
        2 => Just(Event::Settles),
    ]
}

/// Two nodes, and the names of the backends that are there.
struct Scene {
    world: World,
    nodes: [Node; 2],
    names: Vec<String>,
    count: usize,
}

impl Scene {
    fn happens(&mut self, event: &Event) {
        let name = |who: &usize| self.names.get(who % self.names.len().max(1)).cloned();
        match event {
            Event::Comes(second) if self.names.len() < 8 => {
                self.count += 1;
                let name = format!("n{}", self.count);
                serve(&mut self.world, &name, &self.nodes[usize::from(*second)]);
                self.names.push(name);
            }
            Event::Goes(who) => {
                let Some(name) = name(who) else { return };
                self.names.retain(|other| *other != name);
                self.world.decide(|s, _| container::exit(s, &name, 0, 2)).unwrap();
            }
            Event::Drains(who) => self
                .changes(name(who), |name| ServiceUpdate { drain: vec![name], ..ServiceUpdate::default() }),
            Event::IsBack(who) => self
                .changes(name(who), |name| ServiceUpdate { undrain: vec![name], ..ServiceUpdate::default() }),
            Event::Weighs(who, weight) => self.changes(name(who), |name| ServiceUpdate {
                weights: [(name, *weight)].into(),
                ..ServiceUpdate::default()
            }),
            _ => {}
        }
    }

    fn changes(&mut self, name: Option<String>, request: impl Fn(String) -> ServiceUpdate) {
        if let Some(name) = name {
            update(&mut self.world, &request(name));
        }
    }
}

/// Whom each slot of a ring leads to.
fn slots(seat: &Seat, first: u32, count: u32) -> Vec<u8> {
    if count == 0 { Vec::new() } else { seat.ring(first) }
}

/// What the ring was that is settled last, as its slots were then.
#[derive(Default)]
struct Memory(BTreeMap<usize, Vec<u8>>);

impl Memory {
    /// Sees that the ring of before is the one that was settled, without those who are gone.
    fn check(&mut self, who: usize, seat: &Seat, port: Ingress, there: &[u8]) {
        let now = slots(seat, port.ring, port.slots);
        if port.before_slots == 0 {
            self.0.insert(who, now);
            return;
        }
        let left = |last: &u8| if there.contains(last) { *last } else { 0 };
        let expected: Vec<u8> = self.0[&who].iter().map(left).collect();
        assert_eq!(slots(seat, port.before, port.before_slots), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slots_lead_to_the_same_backends_on_all_nodes(events in proptest::collection::vec(event(), 1..25)) {
        let (world, one, two) = world();
        let mut seats = [Seat::of(&one), Seat::of(&two)];
        let names = ["a", "b"].map(ToOwned::to_owned).to_vec();
        let mut scene = Scene { world, nodes: [one, two], names, count: 0 };
        let mut memory = Memory::default();
        for event in &events {
            scene.happens(event);
            let looks = if matches!(event, Event::OneLooks) { 1 } else { 2 };
            for (who, seat) in seats.iter_mut().enumerate().take(looks) {
                let mut port = seat.sees(&scene.world);
                let there: Vec<u8> = seat.now.backends.values().map(|b| b.addr[3]).collect();
                memory.check(who, seat, port, &there);
                if matches!(event, Event::Settles) {
                    port = seat.settles(&scene.world, true);
                    prop_assert_eq!(port.before_slots, 0);
                    memory.check(who, seat, port, &there);
                }
            }
            if looks == 2 {
                let [here, there] = seats.each_ref().map(|seat| {
                    let port = *seat.now.ingress.values().next().unwrap();
                    slots(seat, port.ring, port.slots)
                });
                prop_assert_eq!(here, there);
            }
        }
    }
}
