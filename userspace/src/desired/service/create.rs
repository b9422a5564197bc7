//! Creating services.

use ipnet::Ipv4Net;

use super::{ports, vip};
use crate::{
    api::types::{EndpointMode, ServiceCreate},
    desired::{Given, Refusal, State, draft::Draft},
    model::{Id, Network, Service, validate_name},
    store::{Txn, schema::Key},
};

/// Creates a service; its network is found as `node` (this node's id) sees it. Virtual addresses come from
/// `vip_pool` if this is the first one of the cluster, else from where the first one came.
///
/// # Errors
/// A [`Refusal`] for a bad or taken name, a network without names, ports that cannot be published.
pub fn create(
    state: &State,
    request: &ServiceCreate,
    node: &Id,
    vip_pool: Ipv4Net,
    given: &mut Given<'_>,
) -> Result<(Service, Txn), Refusal> {
    validate_name(&request.name)?;
    if state.services.values().any(|s| s.name == request.name) {
        return Err(Refusal::NameTaken { what: "service", name: request.name.clone() });
    }
    ports::check_port(request.health_tcp)?;
    let network = request.network.as_ref().map(|name| network(state, name, node)).transpose()?;
    let mut draft = Draft::default();
    let service = Service {
        id: (given.fresh_id)(),
        name: request.name.clone(),
        created: given.now,
        updated: given.now,
        network: network.map(|n| n.id.clone()),
        vip: None,
        balance: request.balance,
        local_first: request.local_first,
        affinity_seconds: request.affinity_seconds.filter(|seconds| *seconds > 0),
        ports: ports::publish(state, &request.ports, Vec::new(), request.endpoint_mode)?,
        return_path: request.return_path,
        health_tcp: request.health_tcp,
        draining: Default::default(),
        weights: Default::default(),
        labels: request.labels.clone(),
    };
    let service = match (network, request.endpoint_mode) {
        (Some(_), EndpointMode::Vip) => vip::give(state, service, vip_pool, &mut draft)?,
        _ => service,
    };
    draft.create(&Key::Service(service.id.clone()), &service);
    draft.create(&Key::ServiceName(service.name.clone()), &service.id);
    if let Some(network) = network {
        hold(state, network, &mut draft);
    }
    Ok((service, draft.txn()))
}

fn network<'s>(state: &'s State, name: &str, node: &Id) -> Result<&'s Network, Refusal> {
    let network = state.network(name, node)?;
    if network.is_default() {
        return Err(Refusal::DefaultHasNoNames);
    }
    Ok(network)
}

/// Keeps the network from being removed meanwhile.
fn hold(state: &State, network: &Network, draft: &mut Draft) {
    draft.present(&Key::Network(network.id.clone()));
    let cursor = state.cursors.get(&network.id).cloned().unwrap_or_default();
    draft.put(&Key::Cursor(network.id.clone()), &cursor);
}
