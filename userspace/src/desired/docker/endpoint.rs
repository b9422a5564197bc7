//! Endpoints of Docker's engine, before they are in a sandbox.

use std::net::Ipv4Addr;

use super::{
    address::{hold, only, reserved, stage},
    labels::IPAM,
};
use crate::{
    desired::{Given, Refusal, State, container, endpoint as endpoints},
    model::{Container, Endpoint, Id, Mac, Network, Stage},
    store::{Txn, schema::Key},
};

/// What the engine says of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The engine's id of it, which is ours, too.
    pub id: Id,
    /// Its address, where the engine has one.
    pub addr: Option<Ipv4Addr>,
    /// Its MAC, likewise.
    pub mac: Option<Mac>,
}

/// The endpoint of this node that the engine calls so.
pub fn endpoint<'s>(state: &'s State, network: &Id, id: &Id, node: &Id) -> Option<&'s Endpoint> {
    state.endpoints_of_network(network).find(|e| e.id == *id && e.node == *node)
}

/// As [`endpoint`], where it has to be there.
pub(super) fn found<'s>(
    state: &'s State,
    network: &Id,
    id: &Id,
    node: &Id,
) -> Result<(&'s Endpoint, &'s Container), Refusal> {
    let unknown = || Refusal::EngineEndpointUnknown(id.short().to_owned());
    let endpoint = endpoint(state, network, id, node).ok_or_else(unknown)?;
    let container = state.containers.get(&endpoint.container).filter(|c| c.docker.is_some());
    container.map(|container| (endpoint, container)).ok_or_else(unknown)
}

/// Makes an endpoint of an address that was handed out, or, where Docker's own IPAM hands them out, of the one
/// that the engine names. One that is made already is given again.
///
/// # Errors
/// A [`Refusal`] where the address or the MAC is another's.
pub fn make(
    state: &State,
    network: &Id,
    wanted: &Wanted,
    node: &Id,
    given: &mut Given<'_>,
) -> Result<(Endpoint, Txn), Refusal> {
    let unknown = || Refusal::EngineNetworkUnknown(network.short().to_owned());
    let network = state.networks.get(network).ok_or_else(unknown)?;
    if let Some(known) = endpoint(state, &network.id, &wanted.id, node) {
        return Ok((known.clone(), Txn::default()));
    }
    match wanted.addr.and_then(|addr| reserved(state, network, addr, node)) {
        Some(held) => promote(state, network, held, wanted),
        None => {
            let placed = hold(
                state,
                network,
                wanted.addr,
                wanted.mac,
                Stage::Made,
                node,
                &mut Given { now: given.now, fresh_id: &mut ids(wanted, given.fresh_id) },
            )?;
            only(placed, network)
        }
    }
}

/// The record's own id by chance, and the endpoint's by the engine.
fn ids<'g>(wanted: &Wanted, fresh: &'g mut dyn FnMut() -> Id) -> impl FnMut() -> Id + use<'g> {
    let mut own = Some(wanted.id.clone());
    let mut first = true;
    move || if std::mem::take(&mut first) { fresh() } else { own.take().unwrap_or_else(&mut *fresh) }
}

fn promote(
    state: &State,
    network: &Network,
    held: &Endpoint,
    wanted: &Wanted,
) -> Result<(Endpoint, Txn), Refusal> {
    let mac = wanted.mac.unwrap_or(held.mac);
    if mac != held.mac {
        endpoints::check_mac(state, network, mac)?;
    }
    let made = Endpoint { id: wanted.id.clone(), mac, ..held.clone() };
    let txn = with_stage(state, &made, Stage::Made)?;
    Ok((made, txn))
}

/// Writes an endpoint, and how far its record is.
fn with_stage(state: &State, endpoint: &Endpoint, stage: Stage) -> Result<Txn, Refusal> {
    let unknown = || Refusal::EngineEndpointUnknown(endpoint.id.short().to_owned());
    let mut record = state.containers.get(&endpoint.container).cloned().ok_or_else(unknown)?;
    record.docker.get_or_insert_default().stage = stage;
    let mut draft = container::rewrite(state, &record);
    let key = Key::Endpoint(endpoint.network.clone(), endpoint.addr);
    draft.unchanged(state, &key);
    draft.put(&key, endpoint);
    Ok(draft.txn())
}

/// Takes an endpoint back that is in no sandbox: its address stays handed out until the engine gives it back, or
/// goes with it where Docker's own IPAM hands them out. One that is not there is no error.
///
/// # Errors
/// [`Refusal::InAnotherSandbox`] where it has not left its sandbox.
pub fn unmake(
    state: &State,
    network: &Id,
    id: &Id,
    node: &Id,
    given: &mut Given<'_>,
) -> Result<(Option<Endpoint>, Txn), Refusal> {
    let Some(endpoint) = endpoint(state, network, id, node) else { return Ok((None, Txn::default())) };
    if stage(state, endpoint) == Some(Stage::Joined) {
        return Err(Refusal::InAnotherSandbox(id.short().to_owned()));
    }
    let by_engine = state.networks.get(network).is_some_and(|n| n.labels.contains_key(IPAM));
    let txn = match state.containers.get(&endpoint.container) {
        Some(record) if by_engine => container::forget(state, record).1,
        _ => {
            let held = Endpoint { id: (given.fresh_id)(), ..endpoint.clone() };
            with_stage(state, &held, Stage::Reserved)?
        }
    };
    Ok((Some(endpoint.clone()), txn))
}
