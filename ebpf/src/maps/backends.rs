//! Choosing a backend of a service for a new conversation.

use causeway_common::{Affinity, AffinityKeyV4, Backend, Ipv4, Service, service};

use super::{affinity_v4, backend, note_affinity_v4, ring_slot, service_v4};
use crate::{
    helpers,
    steps::service::{Client, ring, serves, stays},
};

/// The backend for a client's new conversation; `None` where nobody is live. `hash` decides, and its lower
/// bits do first. Chosen twice at most: a ring may be written over while somebody still reads where it
/// was, and the next one is there already.
#[inline(always)]
pub fn choose<'a>(vip: Ipv4, service: &Service, client: Client, hash: u32) -> Option<&'a Backend> {
    match from(service, client, hash) {
        None if service.slots != 0 => from(service_v4(vip)?, client, hash),
        chosen => chosen,
    }
}

/// A function of its own: what it needs of the stack is needed once.
#[inline(never)]
fn from<'a>(service: &Service, client: Client, hash: u32) -> Option<&'a Backend> {
    if service.flags & service::AFFINITY == 0 {
        return by_ring(service, client, hash).map(|(_, backend)| backend);
    }
    let key = AffinityKeyV4 { service: service.number, client: client.addr };
    let now = helpers::seconds();
    if let Some(backend) = kept(&key, service, client, now) {
        return Some(backend);
    }
    let (index, backend) = by_ring(service, client, hash)?;
    note_affinity_v4(&key, &Affinity { backend: index, last: now });
    Some(backend)
}

/// The backend that the client had, where it stays with it.
#[inline(always)]
fn kept<'a>(key: &AffinityKeyV4, service: &Service, client: Client, now: u32) -> Option<&'a Backend> {
    let affinity = affinity_v4(key)?;
    let backend = backend(affinity.backend).filter(|backend| serves(backend, service, client))?;
    if !stays(affinity, backend, service, now) {
        return None;
    }
    affinity.last = now;
    Some(backend)
}

#[inline(always)]
fn by_ring<'a>(service: &Service, client: Client, hash: u32) -> Option<(u32, &'a Backend)> {
    let hash = if service.flags & service::RANDOM == 0 { hash } else { helpers::random() };
    let index = ring_slot(ring(service, client).slot(hash)?);
    backend(index).filter(|backend| serves(backend, service, client)).map(|backend| (index, backend))
}
