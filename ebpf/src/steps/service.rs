//! Which backend of a service a new conversation gets, as far as that is arithmetic.

use causeway_common::{Affinity, Backend, Ipv4, Service, Settings, service};

/// Who begins a conversation. Aligned, so that programs may hold it on their stack and read it in words.
#[repr(align(4))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address in the service's network; all zero: the host.
    pub addr: Ipv4,
    /// It is a process of the host, which reaches containers of its own node only.
    pub is_host: bool,
}

/// Some slots of the rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    /// The first.
    pub first: u32,
    /// How many, a power of two; 0: none.
    pub slots: u32,
}

impl Ring {
    /// The slot of a conversation, by a number whose lower bits depend on all of it.
    #[inline(always)]
    pub const fn slot(self, hash: u32) -> Option<u32> {
        match self.slots {
            0 => None,
            slots => Some(self.first.wrapping_add(hash & (slots - 1))),
        }
    }
}

/// Whether an address is one that services have theirs from.
#[inline(always)]
pub const fn is_vip(addr: Ipv4, settings: &Settings) -> bool {
    let pool = u32::from_ne_bytes(settings.vip_pool);
    pool != 0 && u32::from_ne_bytes(addr) & u32::from_ne_bytes(settings.vip_mask) == pool
}

/// The ring that a client's backend comes from.
#[inline(always)]
pub const fn ring(service: &Service, client: Client) -> Ring {
    let wants_local = client.is_host || service.flags & service::LOCAL_FIRST != 0;
    if wants_local && service.local_slots != 0 {
        return Ring { first: service.local_ring, slots: service.local_slots };
    }
    Ring { first: service.ring, slots: service.slots }
}

/// Whether the host has no way to a service by itself: all of its backends are other nodes'.
#[inline(always)]
pub const fn is_elsewhere(service: &Service) -> bool {
    service.local_slots == 0 && service.slots != 0
}

/// Whether a backend that was chosen is still there for the service, and can be reached by the client. One
/// that drains may be in a ring a moment longer.
#[inline(always)]
pub const fn serves(backend: &Backend, service: &Service, client: Client) -> bool {
    backend.flags & (service::ACTIVE | service::DRAINING) != 0
        && backend.service == service.number
        && (!client.is_host || backend.node == causeway_common::node::LOCAL)
}

/// Whether a client stays with the backend that it had: where that takes new conversations, and the client
/// was seen recently enough; `now` in seconds.
#[inline(always)]
pub const fn stays(affinity: &Affinity, backend: &Backend, service: &Service, now: u32) -> bool {
    backend.flags & service::ACTIVE != 0 && now.wrapping_sub(affinity.last) <= service.affinity_seconds
}

/// A number whose every bit depends on every bit of another (the finalizer of MurmurHash3).
#[expect(clippy::cast_possible_truncation, reason = "the upper half is mixed in")]
#[inline(always)]
pub const fn mix(number: u64) -> u32 {
    let mut hash = number as u32 ^ (number >> 32) as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINER: Client = Client { addr: [10, 9, 0, 2], is_host: false };
    const HOST: Client = Client { addr: [0; 4], is_host: true };
    const SERVICE: Service = Service {
        network: 4097,
        number: 3,
        ring: 64,
        slots: 256,
        local_ring: 512,
        local_slots: 32,
        affinity_seconds: 10,
        flags: 0,
        reserved: 0,
    };

    #[test]
    fn a_pool_has_its_own_addresses_and_no_pool_has_none() {
        let pool = Settings { vip_pool: [10, 255, 0, 0], vip_mask: [255, 255, 0, 0], ..Settings::default() };
        for (addr, within) in [([10, 255, 3, 4], true), ([10, 254, 3, 4], false), ([0; 4], false)] {
            assert_eq!(is_vip(addr, &pool), within, "{addr:?}");
            assert!(!is_vip(addr, &Settings::default()));
        }
    }

    #[test]
    fn the_host_and_those_that_ask_for_it_get_the_local_ring() {
        let (all, local) = (Ring { first: 64, slots: 256 }, Ring { first: 512, slots: 32 });
        let local_first = Service { flags: service::LOCAL_FIRST, ..SERVICE };
        assert_eq!((ring(&SERVICE, CONTAINER), ring(&SERVICE, HOST)), (all, local));
        assert_eq!(ring(&local_first, CONTAINER), local);
        let none_here = Service { local_slots: 0, ..local_first };
        assert_eq!(ring(&none_here, CONTAINER), all);
        assert!(is_elsewhere(&none_here) && !is_elsewhere(&SERVICE));
        assert!(!is_elsewhere(&Service { slots: 0, ..none_here }));
    }

    #[test]
    fn slots_stay_within_the_ring() {
        assert_eq!(Ring { first: 64, slots: 32 }.slot(u32::MAX), Some(95));
        assert_eq!(Ring { first: 64, slots: 32 }.slot(32), Some(64));
        assert_eq!(Ring { first: 64, slots: 0 }.slot(7), None);
    }

    #[test]
    fn a_backend_serves_its_own_service_until_it_is_gone() {
        let backend = Backend { service: 3, flags: service::DRAINING, ..Backend::default() };
        assert!(serves(&backend, &SERVICE, HOST));
        assert!(!serves(&Backend { service: 4, ..backend }, &SERVICE, CONTAINER));
        assert!(!serves(&Backend { flags: 0, ..backend }, &SERVICE, CONTAINER));
        let far = Backend { node: 1, ..backend };
        assert!(serves(&far, &SERVICE, CONTAINER) && !serves(&far, &SERVICE, HOST));
    }

    #[test]
    fn a_client_stays_as_long_as_it_was_promised() {
        let affinity = Affinity { backend: 1, last: 100 };
        let backend = Backend { flags: service::ACTIVE, ..Backend::default() };
        assert!(stays(&affinity, &backend, &SERVICE, 110));
        assert!(!stays(&affinity, &backend, &SERVICE, 111));
        let drains = Backend { flags: service::DRAINING, ..backend };
        assert!(!stays(&affinity, &drains, &SERVICE, 100), "no new conversation for one that drains");
    }

    #[test]
    fn cookies_in_a_row_are_spread_evenly() {
        let mut slots = [0_u32; 256];
        (1..=25_600_u64).for_each(|cookie| slots[(mix(cookie) & 255) as usize] += 1);
        // A hundred each: six standard deviations are sixty.
        assert!(slots.iter().all(|count| (40..160).contains(count)), "{slots:?}");
    }
}
