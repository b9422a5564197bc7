//! Connecting containers to networks while they run, and disconnecting them.

use std::collections::BTreeSet;

use super::{Placed, life::rewrite};
use crate::{
    api::types::Attach,
    desired::{Given, Refusal, State, endpoint, service, state::in_order},
    model::{Container, Endpoint, Id, NetworkMode},
    store::Txn,
};

/// The word that takes `--network none` back.
const NONE: &str = "none";

/// Connects a container of `node` (this node's id) to the network that `attach` names. `ifnames` are the
/// interfaces that its namespace already has; the new one gets the next free name. Of the answer's
/// endpoints only the new one is there.
///
/// # Errors
/// A [`Refusal`] where the container is not here, has exited or has no network of its own, is in the
/// network already, or the address cannot be had.
pub fn connect(
    state: &State,
    container: &str,
    attach: &Attach,
    node: &Id,
    ifnames: &BTreeSet<String>,
    given: &mut Given<'_>,
) -> Result<(Placed, Txn), Refusal> {
    let container = state.container(container)?;
    check_here(state, container, node)?;
    check_own(container)?;
    if container.network_mode == NetworkMode::None {
        return Err(Refusal::ModeNone(container.name.clone()));
    }
    if container.has_exited() {
        return Err(Refusal::NotRunning(container.name.clone()));
    }
    let network = state.network(&attach.network, node)?;
    let endpoints = state.endpoints_of_container(&container.id);
    if endpoints.iter().any(|e| e.network == network.id) {
        let (container, network) = (container.name.clone(), network.name.clone());
        return Err(Refusal::ConnectedAlready { container, network });
    }
    let mut container = container.clone();
    container.networks.push(network.id.clone());
    let mut draft = rewrite(state, &container);
    let names = ifnames.iter().chain(endpoints.iter().map(|e| &e.ifname)).cloned().collect();
    let attach = std::slice::from_ref(attach);
    let new = endpoint::reserve(state, &container, attach, &names, &mut draft, given)?;
    let all: Vec<_> = endpoints.into_iter().chain(&new).collect();
    service::settle(state, &container, &in_order(all), &mut draft);
    Ok((Placed { container, endpoints: new }, draft.txn()))
}

/// Disconnects a container of `node` (this node's id) from a network; the endpoint that goes is in the
/// answer. `force` also takes a container's endpoint away whose node is down. From `none`, a container
/// without networks is disconnected so that it can be connected to others; then no endpoint goes.
///
/// # Errors
/// A [`Refusal`] where the container is not here, or not in the network.
pub fn disconnect(
    state: &State,
    network: &str,
    container: &str,
    node: &Id,
    force: bool,
) -> Result<(Placed, Txn), Refusal> {
    let container = state.container(container)?;
    if !(force && is_down(state, container)) {
        check_here(state, container, node)?;
    }
    check_own(container)?;
    if network == NONE {
        return allow_networks(state, container);
    }
    let network = state.network(network, &container.node)?;
    let endpoints: Vec<Endpoint> = state.endpoints_of_container(&container.id).into_iter().cloned().collect();
    let Some(endpoint) = endpoints.into_iter().find(|e| e.network == network.id) else {
        return Err(not_connected(container, &network.name));
    };
    let mut container = container.clone();
    container.networks.retain(|id| *id != network.id);
    let mut draft = rewrite(state, &container);
    endpoint::release(state, &endpoint, &mut draft);
    let left: Vec<_> =
        state.endpoints_of_container(&container.id).into_iter().filter(|e| e.id != endpoint.id).collect();
    service::settle(state, &container, &left, &mut draft);
    Ok((Placed { container, endpoints: vec![endpoint] }, draft.txn()))
}

fn allow_networks(state: &State, container: &Container) -> Result<(Placed, Txn), Refusal> {
    if container.network_mode != NetworkMode::None {
        return Err(not_connected(container, NONE));
    }
    let container = Container { network_mode: NetworkMode::Attached, ..container.clone() };
    let txn = rewrite(state, &container).txn();
    Ok((Placed { container, endpoints: Vec::new() }, txn))
}

fn not_connected(container: &Container, network: &str) -> Refusal {
    Refusal::NotConnected { container: container.name.clone(), network: network.to_owned() }
}

fn is_down(state: &State, container: &Container) -> bool {
    !state.live.contains_key(&container.node)
}

fn check_here(state: &State, container: &Container, node: &Id) -> Result<(), Refusal> {
    if container.node == *node {
        return Ok(());
    }
    let node = state.node_name(&container.node).to_owned();
    Err(Refusal::Elsewhere { container: container.name.clone(), node })
}

/// What has the host's or another container's namespace has its networks too.
fn check_own(container: &Container) -> Result<(), Refusal> {
    if container.docker.is_some() {
        return Err(Refusal::IsDockers(container.name.clone()));
    }
    let whose = match &container.network_mode {
        NetworkMode::Attached | NetworkMode::None => return Ok(()),
        NetworkMode::Host => "the host's".to_owned(),
        NetworkMode::Container(id) => format!("that of container {}", id.short()),
    };
    Err(Refusal::NoNetworkOfItsOwn { container: container.name.clone(), whose })
}
