//! `node ls` and `node inspect`.

use crate::{
    api::types::NodeInspect,
    desired::State,
    model::{Availability, Id, Node},
};

/// A node as `node inspect` prints it; `this` is the node that answers.
pub(crate) fn node(state: &State, node: &Node, this: &Id) -> NodeInspect {
    let applied = state.live.get(&node.id);
    let availability = match node.availability {
        Availability::Active => "Active",
        Availability::Drain => "Drain",
    };
    NodeInspect {
        id: node.id.to_string(),
        name: node.name.clone(),
        status: status(node, applied.is_some()).into(),
        availability: availability.into(),
        address: node.vtep.to_string(),
        version: node.version.clone(),
        applied_revision: applied.map_or(0, |sign| sign.applied),
        is_self: node.id == *this,
    }
}

/// Docker's words, and one for a node that lives and is drained.
const fn status(node: &Node, lives: bool) -> &'static str {
    match (lives, node.availability) {
        (false, _) => "Down",
        (true, Availability::Active) => "Ready",
        (true, Availability::Drain) => "Drained",
    }
}
