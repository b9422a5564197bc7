//! Registering, updating and removing nodes, and their signs of life.

use std::net::Ipv4Addr;

use super::{Refusal, State, draft::Draft, network, service};
use crate::{
    model::{Availability, Id, Node, validate_name},
    store::{Revision, Txn, schema::Key},
};

/// Registers a node, or takes its record back: the same id may come with another name, address or version.
///
/// # Errors
/// [`Refusal::NodeNameTaken`] or [`Refusal::VtepTaken`] where another id has the name or address.
pub fn register(
    state: &State,
    id: &Id,
    name: &str,
    vtep: Ipv4Addr,
    version: &str,
) -> Result<(Node, Txn), Refusal> {
    validate_name(name)?;
    for other in state.nodes.values().filter(|n| n.id != *id) {
        if other.name == name {
            return Err(Refusal::NodeNameTaken(name.to_owned()));
        }
        if other.vtep == vtep {
            return Err(Refusal::VtepTaken { vtep, node: other.name.clone() });
        }
    }
    let known = state.nodes.get(id);
    let node = Node {
        id: id.clone(),
        name: name.to_owned(),
        vtep,
        version: version.to_owned(),
        availability: known.map(|n| n.availability).unwrap_or_default(),
    };
    Ok((node.clone(), record(state, known, &node)))
}

fn record(state: &State, known: Option<&Node>, node: &Node) -> Txn {
    let mut draft = Draft::default();
    let key = Key::Node(node.id.clone());
    draft.unchanged(state, &key);
    draft.put(&key, node);
    claim(&mut draft, node, known.map(|n| Key::NodeName(n.name.clone())), &Key::NodeName(node.name.clone()));
    claim(&mut draft, node, known.map(|n| Key::Vtep(n.vtep)), &Key::Vtep(node.vtep));
    draft.txn()
}

/// Moves the claim to something unique from `old` to `new`.
fn claim(draft: &mut Draft, node: &Node, old: Option<Key>, new: &Key) {
    if old.as_ref() == Some(new) {
        return;
    }
    draft.create(new, &node.id);
    if let Some(old) = old {
        draft.delete(&old);
    }
}

/// A sign of life, under the node's lease: its dataplane has applied `applied` ([`State::changed`]).
/// Conflicts where the node has been removed meanwhile.
pub fn alive(id: &Id, applied: Revision, lease: i64) -> Txn {
    let mut draft = Draft::default();
    draft.present(&Key::Node(id.clone()));
    draft.leased(&Key::Live(id.clone()), &applied, Some(lease));
    draft.txn()
}

/// Changes whether a node takes new work.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
pub fn update(state: &State, name: &str, availability: Availability) -> Result<(Node, Txn), Refusal> {
    let node = Node { availability, ..state.node(name)?.clone() };
    let txn = record(state, Some(&node), &node);
    Ok((node, txn))
}

/// Removes a node that is down and has no containers, and with it the networks that are on it alone.
///
/// # Errors
/// [`Refusal::NodeAlive`], [`Refusal::NodeInUse`], [`Refusal::NotFound`].
pub fn remove(state: &State, name: &str) -> Result<(Id, Txn), Refusal> {
    let node = state.node(name)?;
    if state.live.contains_key(&node.id) {
        return Err(Refusal::NodeAlive(node.name.clone()));
    }
    if state.containers.values().any(|c| c.node == node.id) {
        return Err(Refusal::NodeInUse(node.name.clone()));
    }
    let mut draft = Draft::default();
    draft.absent(&Key::Live(node.id.clone()));
    strike_out(state, node, &mut draft);
    Ok((node.id.clone(), draft.txn()))
}

/// Takes a node without containers out, its sign of life with it: for the node itself, when it is
/// cleaned up.
///
/// # Errors
/// [`Refusal::NodeInUse`], [`Refusal::NotFound`].
pub fn leave(state: &State, id: &Id) -> Result<(Node, Txn), Refusal> {
    let node = state.node(id.as_str())?;
    if state.containers.values().any(|c| c.node == node.id) {
        return Err(Refusal::NodeInUse(node.name.clone()));
    }
    let mut draft = Draft::default();
    draft.delete(&Key::Live(id.clone()));
    strike_out(state, node, &mut draft);
    Ok((node.clone(), draft.txn()))
}

/// Deletes all that is recorded of a node and of the networks that are on it alone.
fn strike_out(state: &State, node: &Node, draft: &mut Draft) {
    draft.unchanged(state, &Key::Node(node.id.clone()));
    // A network that is created on the node meanwhile rewrites this.
    draft.unchanged(state, &Key::LocalPool(node.id.clone()));
    for network in state.networks.values().filter(|n| n.node.as_ref() == Some(&node.id)) {
        // A service that is created in it meanwhile rewrites this.
        draft.unchanged(state, &Key::Cursor(network.id.clone()));
        state.services_of_network(&network.id).for_each(|s| service::strike_out(state, s, draft));
        network::strike_out(network, draft);
    }
    draft.delete(&Key::LocalPool(node.id.clone()));
    draft.delete(&Key::Ports(node.id.clone()));
    draft.delete(&Key::Node(node.id.clone()));
    draft.delete(&Key::NodeName(node.name.clone()));
    draft.delete(&Key::Vtep(node.vtep));
}
