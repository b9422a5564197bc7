//! Ports that every node answers on: where each leads, and what of earlier rings still counts.
//!
//! The ring that was settled before the last changes stays beside the current one, until the current one has
//! stood for long enough ([`Host::settled`]). Then conversations that were found to be an earlier ring's are
//! tracked one by one, as long as there are some.

use std::collections::{BTreeMap, BTreeSet};

use causeway_common::{
    Ingress, IngressKey, Ipv4, Service as Value,
    ingress::{AFFINITY, DSR, TRACKED},
};

use super::{
    Host, Settled, Tables,
    rings::{Place, Round},
    sources::Lists,
};
use crate::model::{ReturnPath, Service};

/// What is needed to enter ports.
pub(super) struct Ports<'p> {
    pub(super) host: &'p Host,
    /// VIP -> one of its ports as it was observed: their rings are the same.
    pub(super) earlier: BTreeMap<Ipv4, &'p Ingress>,
    pub(super) lists: &'p mut Lists,
}

/// What was observed of services by one of their ports each.
pub(super) fn earlier(observed: &Tables) -> BTreeMap<Ipv4, &Ingress> {
    observed.ingress.values().map(|port| (port.vip, port)).collect()
}

/// The backends that rings of earlier name, besides current ones.
pub(super) fn named_by_earlier_rings(observed: &Tables) -> BTreeSet<u32> {
    let places = observed.ingress.values().filter(|port| port.before_slots != 0).map(|port| port.before);
    let firsts: BTreeSet<u32> = places.collect();
    let rings = firsts.iter().filter_map(|first| observed.rings.get(first));
    rings.flat_map(|ring| ring.iter().copied().map(u32::from)).collect()
}

impl Ports<'_> {
    /// Enters the ports of a service that is as `value` says.
    pub(super) fn enter(
        &mut self,
        service: &Service,
        vip: Ipv4,
        value: &Value,
        round: &mut Round<'_>,
        tables: &mut Tables,
    ) {
        let ring = ring(service, value);
        let earlier = self.earlier.get(&vip).copied().filter(|earlier| earlier.number == value.number);
        let before = earlier.map_or(Place::default(), |earlier| self.before(earlier, ring));
        round.keep(before);
        let tracked = earlier.is_some_and(|earlier| self.is_tracked(earlier, ring, before));
        for port in service.ingress() {
            let key = IngressKey {
                port: port.published.to_be_bytes(),
                protocol: port.protocol.number(),
                reserved: 0,
            };
            let entry = Ingress {
                vip,
                number: value.number,
                ring: ring.first,
                slots: ring.slots,
                before: before.first,
                before_slots: before.slots,
                sources: self.lists.number(&port.sources),
                addresses: self.lists.number(&port.addresses),
                port: port.target.to_be_bytes(),
                flags: flags(service) | if tracked { TRACKED } else { 0 },
            };
            tables.ingress.insert(key, entry);
        }
    }

    /// The ring that was settled before the last changes; none where `ring` is settled itself.
    fn before(&self, earlier: &Ingress, ring: Place) -> Place {
        let was = Place { first: earlier.ring, slots: earlier.slots };
        match earlier.before_slots {
            0 if was == ring => Place::default(),
            0 => was,
            _ if was == ring && self.settled(earlier, ring).is_some() => Place::default(),
            slots => Place { first: earlier.before, slots },
        }
    }

    /// What is known of the ring, where it has stood for long enough.
    fn settled(&self, earlier: &Ingress, ring: Place) -> Option<&Settled> {
        let settled = self.host.settled.get(&earlier.vip.into());
        settled.filter(|settled| (settled.ring, settled.slots) == (ring.first, ring.slots))
    }

    /// Whether conversations are tracked though the ring is settled: all that were found before it was, until
    /// the last one is over.
    fn is_tracked(&self, earlier: &Ingress, ring: Place, before: Place) -> bool {
        match (before.slots, earlier.before_slots) {
            (0, 0) => earlier.flags & TRACKED != 0 && self.settled(earlier, ring).is_none_or(|s| s.tracked),
            (0, _) => true,
            _ => earlier.flags & TRACKED != 0,
        }
    }
}

/// The ring of new conversations: this node's own backends' where they come first and some are here.
const fn ring(service: &Service, value: &Value) -> Place {
    if service.local_first && value.local_slots != 0 {
        return Place { first: value.local_ring, slots: value.local_slots };
    }
    Place { first: value.ring, slots: value.slots }
}

const fn flags(service: &Service) -> u16 {
    let dsr = matches!(service.return_path, ReturnPath::Dsr);
    let affinity = service.affinity_seconds.is_some();
    (if dsr { DSR } else { 0 }) | (if affinity { AFFINITY } else { 0 })
}
