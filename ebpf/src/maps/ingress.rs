//! Choosing a backend for a packet for a port of the mesh.

use causeway_common::{Backend, FlowKeyV4, Ingress, IngressKey, Tracked};

use super::{backend, ingress, ring_slot, track_v4, tracked_v4};
use crate::{
    helpers,
    steps::{
        ingress::{self as step, Candidates, Choice, NOBODY},
        masquerade,
        service::Ring,
    },
};

/// The backend that a packet goes to.
#[derive(Clone, Copy)]
pub struct Chosen<'a> {
    /// Its index in the `BACKENDS` map.
    pub index: u32,
    /// Where it is.
    pub backend: &'a Backend,
    /// It is asked whether the conversation is its own.
    pub asks: bool,
}

/// The backend that the current ring gives a conversation, and no lookup beyond that: all there is to know
/// where the ring is settled ([`step::is_settled`]). `hash`: the tuple's ([`masquerade::hash`]).
#[inline(always)]
pub fn current<'a>(of: &Ingress, key: &FlowKeyV4, hash: u32) -> Option<Chosen<'a>> {
    let index = in_slot(step::current(of), step::hash(of, key, hash));
    // Found once: whether it serves is asked of what is found.
    let backend = named(index).filter(|backend| step::serves(backend, of))?;
    Some(Chosen { index, backend, asks: false })
}

/// The backend of a packet, whose conversation is tracked where it must be; `opens`: the packet begins it.
/// `None`: nobody is live. Chosen twice at most: a ring may be written over while somebody still reads where
/// it was, and the next one is there already.
#[inline(always)]
pub fn choose<'a>(wanted: &IngressKey, of: &Ingress, key: &FlowKeyV4, opens: bool) -> Option<Chosen<'a>> {
    by(of, key, opens).or_else(|| by(ingress(wanted)?, key, opens))
}

/// The same where nothing has to be noted for it: who comes behind may still choose as if nobody had. `hash`: the
/// tuple's, which the caller needs as well; whether it `opens` something is asked where rings change alone.
#[inline(always)]
pub fn known<'a>(
    of: &Ingress,
    key: FlowKeyV4,
    hash: u32,
    opens: impl FnOnce() -> bool,
) -> Option<Chosen<'a>> {
    if step::is_settled(of) {
        return current(of, &key, hash);
    }
    // A copy that has an address.
    let asked = key;
    let choice = choice(of, &asked, hash, opens());
    if choice.tracks { None } else { chosen(choice.backend, choice.asks) }
}

/// From now on the conversation is the backend's that the current ring gives it; which that is.
#[inline(always)]
pub fn settle<'a>(of: &Ingress, key: &FlowKeyV4) -> Option<Chosen<'a>> {
    let chosen = current(of, key, masquerade::hash(key))?;
    track(key, chosen.index);
    Some(chosen)
}

#[inline(always)]
fn by<'a>(of: &Ingress, key: &FlowKeyV4, opens: bool) -> Option<Chosen<'a>> {
    let hash = masquerade::hash(key);
    if step::is_settled(of) { current(of, key, hash) } else { unsettled(of, key, hash, opens) }
}

/// The same while rings are not settled.
#[inline(always)]
fn unsettled<'a>(of: &Ingress, key: &FlowKeyV4, hash: u32, opens: bool) -> Option<Chosen<'a>> {
    let choice = choice(of, key, hash, opens);
    if choice.tracks {
        track(key, choice.backend);
    }
    chosen(choice.backend, choice.asks)
}

#[inline(always)]
fn choice(of: &Ingress, key: &FlowKeyV4, hash: u32, opens: bool) -> Choice {
    let hash = step::hash(of, key, hash);
    let tracked = tracked(of, key);
    let candidates = Candidates {
        current: slot(of, step::current(of), hash),
        before: slot(of, step::before(of), hash),
        tracked: tracked.unwrap_or(NOBODY),
        stale: tracked == Some(NOBODY),
    };
    let choice = step::choose(candidates, opens);
    Choice { tracks: choice.tracks || step::is_orphan(of, candidates, choice.backend), ..choice }
}

#[inline(always)]
fn chosen<'a>(index: u32, asks: bool) -> Option<Chosen<'a>> {
    named(index).map(|backend| Chosen { index, backend, asks })
}

/// A backend, unless the index is nobody's.
#[inline(always)]
fn named<'a>(index: u32) -> Option<&'a Backend> {
    if index == NOBODY { None } else { backend(index) }
}

/// The index in the slot that a hash leads to.
#[inline(always)]
fn in_slot(ring: Ring, hash: u32) -> u32 {
    ring.slot(hash).map_or(NOBODY, ring_slot)
}

/// The live backend in the slot that a hash leads to.
#[inline(always)]
fn slot(of: &Ingress, ring: Ring, hash: u32) -> u32 {
    live(of, in_slot(ring, hash))
}

/// The live backend that a conversation is tracked with; it was seen now. `None`: it is not tracked.
#[inline(always)]
fn tracked(of: &Ingress, key: &FlowKeyV4) -> Option<u32> {
    let tracked = tracked_v4(key)?;
    let (index, now) = (live(of, tracked.backend), helpers::now());
    if index != NOBODY && tracked.last != now {
        tracked.last = now;
    }
    Some(index)
}

#[inline(always)]
fn live(of: &Ingress, index: u32) -> u32 {
    if backend(index).is_some_and(|backend| step::serves(backend, of)) { index } else { NOBODY }
}

#[inline(always)]
fn track(key: &FlowKeyV4, backend: u32) {
    track_v4(key, &Tracked { backend, last: helpers::now() });
}
