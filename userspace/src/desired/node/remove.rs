//! Removing nodes: step by step, since a store takes only so much at once, the node's record last.

use crate::{
    desired::{Refusal, State, container, draft::Draft, network, service},
    model::{Id, Node},
    store::{
        Precondition, Txn,
        schema::{Claim, Key},
    },
};

/// One step of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The node.
    pub id: Id,
    /// Whether it is gone; if not, ask again.
    pub done: bool,
}

/// Removes a node that is down, and with it the networks that are on it alone. With `force` also one
/// that has containers: they are removed too, and their addresses are free for others.
///
/// # Errors
/// [`Refusal::NodeAlive`], [`Refusal::NodeInUse`], [`Refusal::NotFound`].
pub fn remove(state: &State, name: &str, force: bool) -> Result<(Removal, Txn), Refusal> {
    let node = state.node(name)?;
    if state.live.contains_key(&node.id) {
        return Err(Refusal::NodeAlive(node.name.clone()));
    }
    if !force {
        check_empty(state, node)?;
    }
    let (done, mut txn) = step(state, node);
    // A node that returns in between keeps what is left.
    txn.preconditions.push(Precondition::Absent(Key::Live(node.id.clone()).to_string()));
    Ok((Removal { id: node.id.clone(), done }, txn))
}

/// Takes a node without containers out, its sign of life with it: for the node itself, when it is
/// cleaned up.
///
/// # Errors
/// [`Refusal::NodeInUse`], [`Refusal::NotFound`].
pub fn leave(state: &State, id: &Id) -> Result<(Removal, Txn), Refusal> {
    let node = state.node(id.as_str())?;
    check_empty(state, node)?;
    let (done, mut txn) = step(state, node);
    if done {
        txn.writes.push(crate::store::Write::Delete(Key::Live(id.clone()).to_string()));
    }
    Ok((Removal { id: id.clone(), done }, txn))
}

fn check_empty(state: &State, node: &Node) -> Result<(), Refusal> {
    let containers = state.containers.values().filter(|c| c.node == node.id).count();
    if containers > 0 {
        return Err(Refusal::NodeInUse { node: node.name.clone(), containers });
    }
    Ok(())
}

/// The next step, and whether it is the last: containers, services of the node's own networks, these,
/// the node.
fn step(state: &State, node: &Node) -> (bool, Txn) {
    if let Some(container) = state.containers.values().find(|c| c.node == node.id) {
        return (false, container::forget(state, container).1);
    }
    let own = || state.networks.values().filter(|n| n.node.as_ref() == Some(&node.id));
    if let Some(service) = own().flat_map(|n| state.services_of_network(&n.id)).next() {
        return (false, service::remove_next(state, service).1);
    }
    let mut draft = Draft::default();
    if let Some(network) = own().next() {
        // A service that is created in it meanwhile rewrites this.
        draft.unchanged(state, &Key::Network(network.id.clone()));
        network::strike_out(network, &mut draft);
        return (false, draft.txn());
    }
    strike_out(state, node, &mut draft);
    (true, draft.txn())
}

/// Deletes all that is recorded of a node without containers and networks of its own.
fn strike_out(state: &State, node: &Node, draft: &mut Draft) {
    draft.unchanged(state, &Key::Node(node.id.clone()));
    // A network that is created on the node meanwhile rewrites this, published ports the other.
    draft.unchanged(state, &Key::LocalPool(node.id.clone()));
    draft.unchanged(state, &Key::Ports(node.id.clone()));
    draft.delete(&Key::LocalPool(node.id.clone()));
    draft.delete(&Key::Ports(node.id.clone()));
    draft.delete(&Key::Node(node.id.clone()));
    draft.delete(&Claim::NodeName(node.name.clone()).into());
    draft.delete(&Claim::Vtep(node.vtep).into());
}
