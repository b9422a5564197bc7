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
        status: if applied.is_some() { "Ready" } else { "Down" }.into(),
        availability: availability.into(),
        address: node.vtep.to_string(),
        version: node.version.clone(),
        applied_revision: applied.copied().unwrap_or_default(),
        is_self: node.id == *this,
    }
}
