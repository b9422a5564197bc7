//! Published ports of Docker's containers: the engine says which, and by which endpoint they are reached.

use std::net::Ipv4Addr;

use super::endpoint::{endpoint, found};
use crate::{
    api::types::PublishRequest,
    desired::{HostPorts, Refusal, State, container, publish::ranges},
    model::{Container, Id},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// Publishes ports of the container that an endpoint is of; it is its way out from now on. What is published
/// already is left as it is.
///
/// # Errors
/// A [`Refusal`] where a port is another's, or the endpoint is in no sandbox.
pub fn publish(
    state: &State,
    network: &Id,
    id: &Id,
    wishes: &[PublishRequest],
    node: &Id,
    ports: &HostPorts<'_>,
) -> Result<(Container, Txn), Refusal> {
    let (_, record) = found(state, network, id, node)?;
    if !record.is_in_sandbox() {
        return Err(Refusal::EngineEndpointUnknown(id.short().to_owned()));
    }
    let mut container = record.clone();
    let docker = container.docker.get_or_insert_default();
    if docker.gateway.as_ref() == Some(id) {
        return Ok((container, Txn::default()));
    }
    docker.gateway = Some(id.clone());
    container.published = ranges(state, wishes, (node, Some(&record.id)), Ipv4Addr::UNSPECIFIED, ports)?;
    let mut draft = container::rewrite(state, &container);
    if !container.published.is_empty() {
        // Whoever publishes at the same time chose without these, be it here or on all nodes.
        let key = Key::Ports(node.clone());
        draft.unchanged(state, &key);
        draft.put(&key, &container.id);
        draft.unchanged(state, &Key::IngressPorts);
        draft.put(&Claim::Published.into(), &container.id);
    }
    Ok((container, draft.txn()))
}

/// Publishes them no more. Where none are that is no error.
///
/// # Errors
/// Never; its type is that of all decisions.
pub fn revoke(state: &State, network: &Id, id: &Id, node: &Id) -> Result<(bool, Txn), Refusal> {
    let of = endpoint(state, network, id, node).and_then(|e| state.containers.get(&e.container));
    let is_it = |c: &&Container| c.docker.as_ref().is_some_and(|d| d.gateway.as_ref() == Some(id));
    let Some(container) = of.filter(is_it) else { return Ok((false, Txn::default())) };
    let mut container = container.clone();
    container.docker.get_or_insert_default().gateway = None;
    container.published.clear();
    Ok((true, container::rewrite(state, &container).txn()))
}
