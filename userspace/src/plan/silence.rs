//! Nodes whose backends get no new conversations, and nodes that are gone altogether.

use std::collections::BTreeSet;

use super::Host;
use crate::{
    desired::State,
    model::{Availability, BackendState, Id, Service},
};

/// Whether nothing of a node is entered: it counts as silent, and gives no sign of life.
pub(super) fn is_gone(state: &State, host: &Host, node: &Id) -> bool {
    *node != host.node && host.silent_nodes.contains(node) && !state.live.contains_key(node)
}

/// The nodes whose backends get nothing new as far as `service` goes: those that are drained, and those
/// that give no sign of life, from the moment on at which it is missed. Of the latter none are where nobody
/// else would be left, or nobody is known to live: a store that was away has lost everybody's signs of life.
pub(super) fn of<'s>(state: &'s State, own: &Id, service: &Service) -> BTreeSet<&'s Id> {
    let drained: BTreeSet<_> = drained(state).collect();
    if state.live.is_empty() {
        return drained;
    }
    let takes = |state: BackendState, container: &Id| {
        state == BackendState::Active && !service.draining.contains(container)
    };
    let backends = state.backends_of_service(&service.id).filter(|b| takes(b.state, &b.container));
    let nodes = backends.map(|b| &b.node).filter(|node| !drained.contains(node));
    let lives = |node: &Id| node == own || state.live.contains_key(node);
    let (living, silent): (BTreeSet<_>, BTreeSet<_>) = nodes.partition(|node| lives(node));
    if living.is_empty() { drained } else { silent.union(&drained).copied().collect() }
}

fn drained(state: &State) -> impl Iterator<Item = &Id> {
    state.nodes.values().filter(|n| n.availability == Availability::Drain).map(|n| &n.id)
}
