//! Removing networks.

use crate::{
    desired::{Refusal, State, docker, draft::Draft},
    model::{Id, Network},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// Removes a network, found as `node` (this node's id) sees it, that no endpoint and no service is in.
///
/// # Errors
/// [`Refusal::NetworkInUse`] names the first few containers and services; [`Refusal::DefaultNetwork`],
/// [`Refusal::NotFound`].
pub fn remove(state: &State, name: &str, node: &Id) -> Result<(Id, Txn), Refusal> {
    let network = state.network(name, node)?;
    if network.is_default() {
        return Err(Refusal::DefaultNetwork);
    }
    if let Some(nodes) = docker::engines(state, network) {
        return Err(Refusal::InUseByEngines { network: network.name.clone(), nodes });
    }
    if let Some(users) = users(state, network) {
        return Err(Refusal::NetworkInUse { network: network.name.clone(), users });
    }
    let mut draft = Draft::default();
    // An endpoint that appears meanwhile rewrites the one, a service the other, and this commit conflicts.
    draft.unchanged(state, &Key::Cursor(network.id.clone()));
    draft.unchanged(state, &Key::Network(network.id.clone()));
    strike_out(network, &mut draft);
    Ok((network.id.clone(), draft.txn()))
}

/// Deletes all that is recorded of a network.
pub(in crate::desired) fn strike_out(network: &Network, draft: &mut Draft) {
    draft.delete(&Key::Network(network.id.clone()));
    draft.delete(&Key::Cursor(network.id.clone()));
    match &network.node {
        None => {
            draft.delete(&Claim::NetworkName(network.name.clone()).into());
            network.subnets.iter().for_each(|s| draft.delete(&Claim::Vni(s.vni).into()));
        }
        Some(node) => {
            draft.delete(&Claim::LocalName(node.clone(), network.name.clone()).into());
        }
    }
}

/// The networks that `prune` may remove, as `node` sees them: none is the default one, and no service or
/// endpoint that is known is in them. Each is removed by [`remove`], which looks again.
pub fn may_go<'s>(state: &'s State, node: &Id) -> impl Iterator<Item = &'s Network> + use<'s> {
    let empty = move |n: &&Network| users(state, n).is_none() && docker::engines(state, n).is_none();
    state.networks_seen_from(node).filter(|n| !n.is_default()).filter(empty)
}

/// The containers and services in a network, the first three by name.
pub(in crate::desired) fn users(state: &State, network: &Network) -> Option<String> {
    let containers = state.endpoints_of_network(&network.id).map(|e| format!("'{}'", e.container_name));
    let services = state.services_of_network(&network.id).map(|s| format!("service '{}'", s.name));
    let names: Vec<_> = containers.chain(services).collect();
    let (first, more) = names.split_at(names.len().min(3));
    match (first.len(), more.len()) {
        (0, _) => None,
        (_, 0) => Some(first.join(", ")),
        (_, more) => Some(format!("{} and {more} more", first.join(", "))),
    }
}
