//! Creating services.

use super::{ingress, part::part_of, ports, ports::Wishes, vip, vip::Supply};
use crate::{
    api::types::{EndpointMode, ServiceCreate},
    desired::{Given, Refusal, State, draft::Draft},
    model::{Id, Network, Service, validate_name},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// Creates a service; its network is found as `node` (this node's id) sees it. Virtual addresses come from
/// `supply` if this is the first one of the cluster, else from where the first one came.
///
/// # Errors
/// A [`Refusal`] for a bad or taken name, a network without names, ports that cannot be published.
pub fn create(
    state: &State,
    request: &ServiceCreate,
    node: &Id,
    supply: impl Into<Supply>,
    given: &mut Given<'_>,
) -> Result<(Service, Txn), Refusal> {
    validate_name(&request.name)?;
    if state.services.values().any(|s| s.name == request.name) {
        return Err(Refusal::NameTaken { what: "service", name: request.name.clone() });
    }
    ports::check_port(request.health_tcp)?;
    let network = request.network.as_ref().map(|name| network(state, name, node)).transpose()?;
    let (sources, addresses, mode) = (&request.sources, &request.addresses, request.endpoint_mode);
    let wishes = Wishes { service: None, ports: &request.ports, sources, addresses, mode };
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
        ports: wishes.publish(state, Vec::new())?,
        return_path: request.return_path,
        health_tcp: request.health_tcp,
        draining: Default::default(),
        weights: Default::default(),
        labels: request.labels.clone(),
    };
    let has_address = network.is_some() && mode == EndpointMode::Vip;
    let has_ingress = ingress::has_way_out(state, &service)?;
    let service = match has_address || has_ingress {
        true => vip::give(state, service, supply.into(), &mut draft)?,
        false => service,
    };
    ingress::settle(state, &[], &service, &mut draft)?;
    draft.create(&Key::Service(service.id.clone()), &service);
    draft.create(&Claim::ServiceName(service.name.clone()).into(), &service.id);
    draft.create(&Key::Guard(part_of(&service), service.id.clone()), &service.id);
    if let Some(network) = network {
        hold(network, &mut draft);
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
fn hold(network: &Network, draft: &mut Draft) {
    let key = Key::Network(network.id.clone());
    draft.present(&key);
    draft.put(&key, network);
}
