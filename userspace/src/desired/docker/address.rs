//! Addresses that are handed out before it is known for whom.

use std::{collections::BTreeMap, net::Ipv4Addr, path::PathBuf};

use ipnet::Ipv4Net;

use super::pool::by_subnet;
use crate::{
    api::types::Attach,
    desired::{Given, Placed, Refusal, State, container},
    ipam,
    model::{Container, ContainerState, Docker, Endpoint, Files, Id, Mac, Network, NetworkMode, Stage},
    store::Txn,
};

/// Hands out an address of a pool. One that this node has handed out already and whose endpoint is not made
/// yet is handed out again: the engine may ask twice.
///
/// # Errors
/// A [`Refusal`] where the pool is gone, or the address cannot be had.
pub fn reserve(
    state: &State,
    pool: Ipv4Net,
    wanted: Option<Ipv4Addr>,
    node: &Id,
    given: &mut Given<'_>,
) -> Result<(Endpoint, Txn), Refusal> {
    let (network, _) = by_subnet(state, pool).ok_or(Refusal::NoPool(pool))?;
    if let Some(known) = wanted.and_then(|addr| reserved(state, network, addr, node)) {
        return Ok((known.clone(), Txn::default()));
    }
    let placed = hold(state, network, wanted, None, Stage::Reserved, node, given)?;
    only(placed, network)
}

/// The endpoint of a record that was just made.
pub(super) fn only((mut placed, txn): (Placed, Txn), network: &Network) -> Result<(Endpoint, Txn), Refusal> {
    let exhausted = || Refusal::Address(ipam::Refusal::Exhausted(network.name.clone()));
    placed.endpoints.pop().map(|endpoint| (endpoint, txn)).ok_or_else(exhausted)
}

/// The record of an address that this node has handed out and of which no endpoint is made.
pub(super) fn reserved<'s>(
    state: &'s State,
    network: &Network,
    addr: Ipv4Addr,
    node: &Id,
) -> Option<&'s Endpoint> {
    let endpoint = state.endpoints.get(&(network.id.clone(), addr)).filter(|e| e.node == *node)?;
    (stage(state, endpoint) == Some(Stage::Reserved)).then_some(endpoint)
}

/// How far the engine is with an endpoint; none if it is not the engine's.
pub(super) fn stage(state: &State, endpoint: &Endpoint) -> Option<Stage> {
    Some(state.containers.get(&endpoint.container)?.docker.as_ref()?.stage)
}

/// A record that holds one address.
pub(super) fn hold(
    state: &State,
    network: &Network,
    wanted: Option<Ipv4Addr>,
    mac: Option<Mac>,
    stage: Stage,
    node: &Id,
    given: &mut Given<'_>,
) -> Result<(Placed, Txn), Refusal> {
    let attach = Attach { network: network.id.to_string(), ip: wanted, mac, aliases: Vec::new() };
    let container = holder((given.fresh_id)(), node, stage, given.now);
    container::place(state, container, &[], &[attach], &Default::default(), given)
}

/// A container of which nothing but its endpoint is known.
pub(super) fn holder(id: Id, node: &Id, stage: Stage, now: u64) -> Container {
    Container {
        name: format!("docker-{}", id.short()),
        id,
        node: node.clone(),
        created: now,
        process: None,
        netns: PathBuf::new(),
        state: ContainerState::Created,
        labels: BTreeMap::new(),
        remove_on_exit: false,
        network_mode: NetworkMode::Attached,
        published: Vec::new(),
        exposed: Vec::new(),
        files: Files::default(),
        services: Vec::new(),
        networks: Vec::new(),
        docker: Some(Docker { stage, ..Docker::default() }),
    }
}

/// Gives an address back. One that is not handed out is no error, and one that an endpoint has stays: the engine
/// deletes endpoints before it gives back their addresses.
///
/// # Errors
/// Never; its type is that of all decisions.
pub fn release(state: &State, pool: Ipv4Net, addr: Ipv4Addr, node: &Id) -> Result<(bool, Txn), Refusal> {
    let held = by_subnet(state, pool).and_then(|(network, _)| reserved(state, network, addr, node));
    let Some(container) = held.and_then(|endpoint| state.containers.get(&endpoint.container)) else {
        return Ok((false, Txn::default()));
    };
    Ok((true, container::forget(state, container).1))
}
