//! Choosing a backend of a service for a new conversation.

use causeway_common::{Affinity, AffinityKeyV4, Backend, Ipv4, Service, service};

use super::{affinity_v4, backend, note_affinity_v4, ring_slot, service_v4};
use crate::{
    helpers,
    steps::service::{Client, ring, serves, stays},
};

/// Nobody's index.
const NOBODY: u32 = 0;

/// The backend for a client's new conversation, and its index; `None` where nobody is live. `hash` decides,
/// and its lower bits do first. Chosen twice at most: a ring may be written over while somebody still reads
/// where it was, and the next one is there already.
#[inline(always)]
pub fn choose<'a>(vip: Ipv4, service: &Service, client: Client, hash: u32) -> Option<(u32, &'a Backend)> {
    let index = match from(service, client, hash) {
        NOBODY if service.slots != 0 => from(service_v4(vip)?, client, hash),
        index => index,
    };
    backend(index).map(|backend| (index, backend))
}

/// The backend's index. A function of its own: what it needs of the stack is needed once.
#[inline(never)]
fn from(service: &Service, client: Client, hash: u32) -> u32 {
    if service.flags & service::AFFINITY == 0 {
        return by_ring(service, client, hash);
    }
    let key = AffinityKeyV4 { service: service.number, client: client.addr };
    let now = helpers::seconds();
    if let Some(index) = kept(&key, service, client, now) {
        return index;
    }
    let chosen = by_ring(service, client, hash);
    if chosen != NOBODY {
        note_affinity_v4(&key, &Affinity { backend: chosen, last: now });
    }
    chosen
}

/// The backend that the client had, where it stays with it.
#[inline(always)]
fn kept(key: &AffinityKeyV4, service: &Service, client: Client, now: u32) -> Option<u32> {
    let affinity = affinity_v4(key)?;
    let backend = backend(affinity.backend).filter(|backend| serves(backend, service, client))?;
    if !stays(affinity, backend, service, now) {
        return None;
    }
    affinity.last = now;
    Some(affinity.backend)
}

/// The backend in the slot that the hash, or chance, leads to.
#[inline(always)]
fn by_ring(service: &Service, client: Client, hash: u32) -> u32 {
    let hash = if service.flags & service::RANDOM == 0 { hash } else { helpers::random() };
    let index = ring(service, client).slot(hash).map_or(NOBODY, ring_slot);
    if backend(index).is_some_and(|backend| serves(backend, service, client)) { index } else { NOBODY }
}
