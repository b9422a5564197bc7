//! Joining the cluster, and coming back to it.

use std::net::Ipv4Addr;

use crate::{
    desired::{Refusal, State, draft::Draft},
    model::{Id, Node, validate_name},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// What a daemon says of its node when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    /// The id in its state directory.
    pub id: &'a Id,
    /// Its name.
    pub name: &'a str,
    /// Its underlay address.
    pub vtep: Ipv4Addr,
    /// Version of its daemon.
    pub version: &'a str,
    /// Where it runs ([`Node::machine`]).
    pub machine: &'a str,
}

/// Registers a node, or takes its record back: the same id may come with another name, address or
/// version, and from another machine once it is silent on the one where it was.
///
/// # Errors
/// [`Refusal::NodeNameTaken`] or [`Refusal::VtepTaken`] where another id has the name or address,
/// [`Refusal::NodeElsewhere`] where another machine gives signs of life under the id.
pub fn register(state: &State, new: &Registration<'_>) -> Result<(Node, Txn), Refusal> {
    validate_name(new.name)?;
    check_unique(state, new)?;
    let known = state.nodes.get(new.id);
    let moved = known.filter(|known| known.machine != new.machine);
    if let Some(known) = moved.filter(|_| state.live.contains_key(new.id)) {
        return Err(Refusal::NodeElsewhere(known.name.clone()));
    }
    let node = Node {
        id: new.id.clone(),
        name: new.name.to_owned(),
        vtep: new.vtep,
        version: new.version.to_owned(),
        availability: known.map(|n| n.availability).unwrap_or_default(),
        machine: new.machine.to_owned(),
    };
    let mut draft = record(state, known, &node);
    if moved.is_some() {
        draft.absent(&Key::Live(node.id.clone()));
    }
    Ok((node, draft.txn()))
}

fn check_unique(state: &State, new: &Registration<'_>) -> Result<(), Refusal> {
    for other in state.nodes.values().filter(|n| n.id != *new.id) {
        if other.name == new.name {
            return Err(Refusal::NodeNameTaken(new.name.to_owned()));
        }
        if other.vtep == new.vtep {
            return Err(Refusal::VtepTaken { vtep: new.vtep, node: other.name.clone() });
        }
    }
    Ok(())
}

/// Writes the node's record, if nobody has written it since `known` was read.
pub(super) fn record(state: &State, known: Option<&Node>, node: &Node) -> Draft {
    let mut draft = Draft::default();
    let key = Key::Node(node.id.clone());
    draft.unchanged(state, &key);
    draft.put(&key, node);
    let name = |n: &Node| Claim::NodeName(n.name.clone()).into();
    claim(&mut draft, node, known.map(name), &name(node));
    let vtep = |n: &Node| Claim::Vtep(n.vtep).into();
    claim(&mut draft, node, known.map(vtep), &vtep(node));
    draft
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
