//! Which backend a packet for a port of the mesh goes to, as far as that is arithmetic.
//!
//! ```text
//!     | the ring is settled, none of the port's conversations is tracked -> the current ring's
//!     | it begins a conversation  ----------------------------------------> the current ring's
//!     | its conversation is tracked, with a live backend -----------------> that one
//!     | the ring that was settled before names another live backend ------> that one, which is asked
//!     '-------------------------------------------------------------------> the current ring's
//! ```
//!
//! Where a conversation is tracked with a backend that is gone, the next packet of its tuple is tracked anew:
//! who gets that backend's index would else get the packets of whoever uses the tuple by then.
//!
//! No node's own secret or table goes into it: the same packet leads to the same backend on every node.

use causeway_common::{
    Backend, FlowKeyV4, Ingress, IngressKey,
    ingress::{AFFINITY, TRACKED},
    service::{ACTIVE, DRAINING},
};

#[cfg(test)]
use super::masquerade;
use super::{
    service::{Ring, mix},
    track::Says,
};
use crate::wire::{TCP, UDP};

/// The index of no backend.
pub const NOBODY: u32 = 0;

/// The port that a packet asks for; `None`: it has none.
#[inline(always)]
pub fn wanted(key: &FlowKeyV4) -> Option<IngressKey> {
    matches!(key.protocol, TCP | UDP).then_some(asked(key))
}

/// The same of a tuple that is TCP's or UDP's.
#[inline(always)]
pub const fn asked(key: &FlowKeyV4) -> IngressKey {
    IngressKey { port: key.dst_port, protocol: key.protocol, reserved: 0 }
}

/// A number by which a conversation finds its slot; its lower 16 bits depend on all of what it is made of:
/// the tuple, of which `all` is the hash ([`super::masquerade::hash`]), or, where clients stay with their backend, the
/// client's address and the service's.
#[inline(always)]
pub const fn hash(ingress: &Ingress, key: &FlowKeyV4, all: u32) -> u32 {
    if ingress.flags & AFFINITY == 0 {
        return all >> 16;
    }
    let (client, vip) = (u32::from_be_bytes(key.src), u32::from_be_bytes(ingress.vip));
    mix((client as u64) << 32 | vip as u64)
}

/// The ring that new conversations go by.
#[inline(always)]
pub const fn current(ingress: &Ingress) -> Ring {
    Ring { first: ingress.ring, slots: ingress.slots }
}

/// The ring that was settled before; empty where the current one is.
#[inline(always)]
pub const fn before(ingress: &Ingress) -> Ring {
    Ring { first: ingress.before, slots: ingress.before_slots }
}

/// Whether the current ring alone decides.
#[inline(always)]
pub const fn is_settled(ingress: &Ingress) -> bool {
    ingress.before_slots == 0 && ingress.flags & TRACKED == 0
}

/// Whether a backend is there, for this service. One that drains keeps what it has, and whether it takes
/// something new the rings say.
#[inline(always)]
pub const fn serves(backend: &Backend, ingress: &Ingress) -> bool {
    backend.flags & (ACTIVE | DRAINING) != 0 && backend.service == ingress.number
}

/// Whether a TCP segment begins a conversation, by its flags.
#[inline(always)]
pub const fn opens(flags: u8) -> bool {
    Says::segment(flags).opens()
}

/// Backends that may be meant, by index, each [`NOBODY`] unless it is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// In the current ring's slot.
    pub current: u32,
    /// In the slot of the ring that was settled before.
    pub before: u32,
    /// The one that the conversation is tracked with.
    pub tracked: u32,
    /// It is tracked with one that is gone. Whose index that was may be another one's tomorrow.
    pub stale: bool,
}

/// Which backend it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its index; [`NOBODY`]: nobody is live.
    pub backend: u32,
    /// It is asked whether the conversation is its own.
    pub asks: bool,
    /// The conversation is to be tracked as this backend's from now on.
    pub tracks: bool,
}

/// The backend of a packet while rings are not settled; `opens`: it begins a conversation.
#[inline(always)]
pub const fn choose(of: Candidates, opens: bool) -> Choice {
    let Candidates { current, before, tracked, stale } = of;
    let differs = before != NOBODY && before != current;
    if opens {
        // Whoever comes next would be taken for the one before's, or for a conversation that is over.
        let misled = differs || stale || tracked != NOBODY && tracked != current;
        return Choice { backend: current, asks: false, tracks: misled && current != NOBODY };
    }
    if tracked != NOBODY {
        return Choice { backend: tracked, asks: false, tracks: false };
    }
    if differs {
        return Choice { backend: before, asks: true, tracks: true };
    }
    Choice { backend: current, asks: false, tracks: stale && current != NOBODY }
}

/// Whether nothing but the current ring's slot says whose a conversation is: the backend that its slot had when
/// the ring was settled is gone, and the next change may lead it elsewhere. It is tracked, too.
#[inline(always)]
pub const fn is_orphan(ingress: &Ingress, of: Candidates, chosen: u32) -> bool {
    ingress.before_slots != 0 && of.before == NOBODY && chosen != NOBODY && of.tracked != chosen
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::steps::track::{ACK, FIN, RST, SYN};

    const OPENS: bool = true;
    const GOES_ON: bool = false;

    fn choice(current: u32, before: u32, tracked: u32, opens: bool) -> (u32, bool, bool) {
        let Choice { backend, asks, tracks } =
            choose(Candidates { current, before, tracked, stale: false }, opens);
        (backend, asks, tracks)
    }

    #[test]
    fn where_rings_agree_nobody_is_asked_and_nothing_tracked() {
        for opens in [OPENS, GOES_ON] {
            assert_eq!(choice(1, 1, NOBODY, opens), (1, false, false));
            assert_eq!(choice(1, NOBODY, NOBODY, opens), (1, false, false));
        }
    }

    #[test]
    fn what_begins_goes_by_the_current_ring() {
        assert_eq!(choice(1, 2, NOBODY, OPENS), (1, false, true));
        assert_eq!(choice(1, 2, 2, OPENS), (1, false, true), "the tuple is used again");
        assert_eq!(choice(1, 1, 2, OPENS), (1, false, true));
        assert_eq!(choice(1, 1, 1, OPENS), (1, false, false), "it is sent once more");
        assert_eq!(choice(NOBODY, 2, NOBODY, OPENS), (NOBODY, false, false), "who drains takes nothing new");
    }

    #[test]
    fn what_goes_on_stays_where_it_is() {
        assert_eq!(choice(1, 2, 3, GOES_ON), (3, false, false));
        assert_eq!(choice(1, 2, NOBODY, GOES_ON), (2, true, true));
        assert_eq!(choice(NOBODY, 2, NOBODY, GOES_ON), (2, true, true), "all drain");
        assert_eq!(choice(1, NOBODY, NOBODY, GOES_ON), (1, false, false), "who had it is gone");
        assert_eq!(choice(NOBODY, NOBODY, NOBODY, GOES_ON), (NOBODY, false, false));
    }

    #[test]
    fn who_is_tracked_with_a_backend_that_is_gone_is_tracked_anew() {
        let of = |current, before| Candidates { current, before, tracked: NOBODY, stale: true };
        let tracks = |backend, asks| Choice { backend, asks, tracks: true };
        for opens in [OPENS, GOES_ON] {
            assert_eq!(choose(of(1, 1), opens), tracks(1, false));
            assert_eq!(choose(of(1, NOBODY), opens), tracks(1, false));
            assert!(!choose(of(NOBODY, NOBODY), opens).tracks, "nobody is live");
        }
        assert_eq!(choose(of(1, 2), GOES_ON), tracks(2, true));
    }

    #[test]
    fn who_begins_where_the_settled_rings_backend_is_gone_is_tracked() {
        let unsettled = Ingress { before_slots: 512, ..Ingress::default() };
        let of = Candidates { current: 1, before: NOBODY, tracked: NOBODY, stale: false };
        assert!(is_orphan(&unsettled, of, 1));
        assert!(!is_orphan(&unsettled, Candidates { tracked: 1, ..of }, 1), "it is tracked already");
        assert!(!is_orphan(&unsettled, Candidates { before: 2, ..of }, 1), "who had the slot can be asked");
        assert!(!is_orphan(&unsettled, of, NOBODY));
        assert!(!is_orphan(&Ingress::default(), of, 1), "the next change remembers this ring");
    }

    fn key(client: u8, port: u16) -> FlowKeyV4 {
        FlowKeyV4 {
            src: [203, 0, 113, client],
            dst: [198, 18, 0, 1],
            src_port: port.to_be_bytes(),
            dst_port: [0x1f, 0x90],
            protocol: TCP,
            vni: [0; 3],
        }
    }

    fn of(ingress: &Ingress, key: &FlowKeyV4) -> u32 {
        hash(ingress, key, masquerade::hash(key))
    }

    #[test]
    fn a_clients_conversations_are_spread_unless_it_stays_with_its_backend() {
        let spread = Ingress { vip: [10, 255, 0, 1], ..Ingress::default() };
        let kept = Ingress { flags: AFFINITY, ..spread };
        let mut slots = BTreeMap::new();
        for port in 0..25_600 {
            *slots.entry(of(&spread, &key(9, port)) & 255).or_insert(0_u32) += 1;
            assert_eq!(of(&kept, &key(9, port)), of(&kept, &key(9, 1)));
        }
        // A hundred each: six standard deviations are sixty.
        assert!(slots.len() == 256 && slots.values().all(|count| (40..160).contains(count)), "{slots:?}");
        let clients: BTreeMap<u32, u8> = (0..=255).map(|n| (of(&kept, &key(n, 1)) & 0xffff, n)).collect();
        assert!(clients.len() > 250, "{}", clients.len());
    }

    #[test]
    fn only_a_lone_syn_begins_a_connection() {
        assert!(opens(SYN) && opens(SYN | 0x08));
        for flags in [SYN | ACK, ACK, RST, SYN | RST, SYN | FIN, 0] {
            assert!(!opens(flags), "{flags:#x}");
        }
    }

    #[test]
    fn a_backend_serves_its_own_service_until_it_is_gone() {
        let ingress = Ingress { number: 3, ..Ingress::default() };
        let backend = Backend { service: 3, flags: DRAINING, ..Backend::default() };
        assert!(serves(&backend, &ingress));
        assert!(!serves(&Backend { flags: 0, ..backend }, &ingress));
        assert!(!serves(&Backend { service: 4, ..backend }, &ingress));
    }

    #[test]
    fn a_ring_settles_when_there_is_no_other_and_nothing_is_tracked() {
        let ingress = Ingress { slots: 512, ..Ingress::default() };
        assert!(is_settled(&ingress));
        assert!(!is_settled(&Ingress { before_slots: 512, ..ingress }));
        assert!(!is_settled(&Ingress { flags: TRACKED, ..ingress }));
    }
}
