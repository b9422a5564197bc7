//! Nodes that give no signs of life: their backends get no new conversations.

use std::collections::BTreeSet;

use crate::{
    desired::State,
    model::{BackendState, Id, Service},
};

/// The nodes that are to be spared as far as `service` goes. Where nobody else would be left, or nobody is
/// known to live, none is: a store that was away has lost everybody's signs of life.
pub(super) fn of<'s>(state: &'s State, own: &Id, service: &Service) -> BTreeSet<&'s Id> {
    if state.live.is_empty() {
        return BTreeSet::new();
    }
    let takes = |state: BackendState, container: &Id| {
        state == BackendState::Active && !service.draining.contains(container)
    };
    let backends = state.backends_of_service(&service.id).filter(|b| takes(b.state, &b.container));
    let lives = |node: &Id| node == own || state.live.contains_key(node);
    let (living, silent): (BTreeSet<_>, BTreeSet<_>) =
        backends.map(|b| &b.node).partition(|node| lives(node));
    if living.is_empty() { BTreeSet::new() } else { silent }
}
