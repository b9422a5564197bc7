//! Draining nodes, and taking them back.

use super::register::record;
use crate::{
    desired::{Refusal, State},
    model::{Availability, Node},
    store::Txn,
};

/// Changes whether a node takes new work.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
pub fn update(state: &State, name: &str, availability: Availability) -> Result<(Node, Txn), Refusal> {
    let node = Node { availability, ..state.node(name)?.clone() };
    let draft = record(state, Some(&node), &node);
    Ok((node, draft.txn()))
}
