//! From the desired state to inspections, Docker's keys and all: pure.

mod container;
mod host_config;
mod network;
mod node;
mod predefined;
mod service;

pub(super) use container::container;
pub(super) use network::network;
pub(super) use node::node;
pub(super) use predefined::{is_called, predefined};
pub(super) use service::service;

use crate::{desired::State, model::Id};

/// A node's name; its short id where the node is not known (any more).
fn node_name(state: &State, id: &Id) -> String {
    state.nodes.get(id).map_or_else(|| id.short().to_owned(), |n| n.name.clone())
}

#[cfg(test)]
mod tests;
