//! Rings from round to round: one is made only when its backends change, and a new one is written where
//! nobody reads.

use std::{collections::BTreeMap, mem, sync::Arc};

use causeway_common::Ipv4;

use super::{
    Tables,
    maglev::{self, Contender},
    space::Space,
};
use crate::model::{Id, Service};

/// The rings that were made in the last round, with what they were made from.
#[derive(Debug, Default)]
pub(super) struct Rings {
    known: BTreeMap<(Id, bool), Made>,
    /// How many were made so far.
    pub(super) made: u64,
}

/// A ring, and what it was made from.
#[derive(Debug)]
struct Made {
    from: Vec<Contender>,
    size: u32,
    ring: Arc<[u16]>,
}

/// Where a ring is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Its first slot.
    pub(super) first: u32,
    /// How many it has; 0: there is no ring.
    pub(super) slots: u32,
}

/// One round.
pub(super) struct Round<'r> {
    rings: &'r mut Rings,
    last: BTreeMap<(Id, bool), Made>,
    observed: &'r Tables,
    space: Space,
    placed: BTreeMap<u32, Arc<[u16]>>,
    lacks_room: bool,
}

impl Rings {
    /// Begins a round. No slot that an observed service, or a port of all nodes, names is written.
    pub(super) fn round<'r>(&'r mut self, observed: &'r Tables, slots: u32) -> Round<'r> {
        let mut space = Space::of(slots);
        for service in observed.services_v4.values() {
            space.take(service.ring, service.slots);
            space.take(service.local_ring, service.local_slots);
        }
        for port in observed.ingress.values() {
            space.take(port.before, port.before_slots);
        }
        let last = mem::take(&mut self.known);
        Round { rings: self, last, observed, space, placed: BTreeMap::new(), lacks_room: false }
    }
}

impl Round<'_> {
    /// Finds places for a service's rings: of all backends, and of this node's own. They are the same
    /// where all are here.
    pub(super) fn place(
        &mut self,
        service: &Service,
        vip: Ipv4,
        all: Vec<Contender>,
        local: Vec<Contender>,
    ) -> (Place, Place) {
        let old = self.observed.services_v4.get(&vip).copied().unwrap_or_default();
        let all_here = all == local;
        let ring = self.one((service.id.clone(), false), all, Place { first: old.ring, slots: old.slots });
        let old_local = Place { first: old.local_ring, slots: old.local_slots };
        let local = if all_here { ring } else { self.one((service.id.clone(), true), local, old_local) };
        (ring, local)
    }

    fn one(&mut self, key: (Id, bool), from: Vec<Contender>, old: Place) -> Place {
        if from.is_empty() {
            return Place::default();
        }
        let known = self.last.remove(&key).filter(|made| made.from == from);
        let size = maglev::size(&from);
        let mut made = known.unwrap_or_else(|| self.make(from, size));
        let place = match self.stays(&made, old) {
            true => old,
            false => self.settle(&mut made, size),
        };
        if place.slots != 0 {
            self.placed.insert(place.first, Arc::clone(&made.ring));
            self.rings.known.insert(key, made);
        }
        place
    }

    fn make(&mut self, from: Vec<Contender>, size: u32) -> Made {
        self.rings.made += 1;
        let ring = maglev::ring(&from, size).into();
        Made { from, size, ring }
    }

    /// Whether the ring is where it was, and nobody else's.
    fn stays(&self, made: &Made, old: Place) -> bool {
        old.slots == made.size
            && self.observed.rings.get(&old.first) == Some(&made.ring)
            && !self.placed.contains_key(&old.first)
    }

    /// A place for a ring that is nowhere yet; a smaller one where no other is left.
    fn settle(&mut self, made: &mut Made, size: u32) -> Place {
        let Some((first, slots)) = self.space.find(size) else {
            self.lacks_room = true;
            return Place::default();
        };
        if slots != made.size {
            *made = self.make(mem::take(&mut made.from), slots);
        }
        Place { first, slots }
    }

    /// Keeps a ring of earlier where it is.
    pub(super) fn keep(&mut self, place: Place) {
        if let Some(ring) = self.observed.rings.get(&place.first).filter(|_| place.slots != 0) {
            self.placed.insert(place.first, Arc::clone(ring));
        }
    }

    /// Whether a ring found no place at all.
    pub(super) const fn lacks_room(&self) -> bool {
        self.lacks_room
    }

    /// Ends the round: first slot -> ring.
    pub(super) fn finish(self) -> BTreeMap<u32, Arc<[u16]>> {
        self.placed
    }
}
