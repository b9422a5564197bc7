//! The services that a new container is to be a backend of.

use std::collections::BTreeMap;

use super::backend;
use crate::{
    api::types::Attach,
    desired::{Refusal, State},
    model::{Endpoint, Id, SERVICE_LABEL, Service},
};

/// The services that `--service` and the label name, each once.
pub(in crate::desired) fn joined<'s>(
    state: &'s State,
    names: &[String],
    labels: &BTreeMap<String, String>,
    node: &Id,
) -> Result<Vec<&'s Service>, Refusal> {
    let mut services: Vec<&Service> = Vec::new();
    for name in names.iter().chain(labels.get(SERVICE_LABEL)) {
        let service = state.service(name)?;
        check_here(state, service, node)?;
        if !services.iter().any(|s| s.id == service.id) {
            services.push(service);
        }
    }
    Ok(services)
}

/// A bridge network's service belongs to that network's node.
fn check_here(state: &State, service: &Service, node: &Id) -> Result<(), Refusal> {
    let network = service.network.as_ref().and_then(|id| state.networks.get(id));
    match network.and_then(|n| n.node.as_ref()).filter(|home| *home != node) {
        None => Ok(()),
        Some(home) => {
            let node = state.node_name(home).to_owned();
            Err(Refusal::ServiceElsewhere { service: service.name.clone(), node })
        }
    }
}

/// The networks that the services are in: those of a container for which the user names none.
pub(in crate::desired) fn own_networks(services: &[&Service]) -> Vec<Attach> {
    let mut networks: Vec<&Id> = services.iter().filter_map(|s| s.network.as_ref()).collect();
    networks.sort_unstable();
    networks.dedup();
    let attach = |id: &Id| Attach { network: id.to_string(), ip: None, mac: None, aliases: Vec::new() };
    networks.into_iter().map(attach).collect()
}

/// Sees that a container with these endpoints is reached as a backend of all the services.
pub(in crate::desired) fn check_reached(
    state: &State,
    name: &str,
    services: &[&Service],
    endpoints: &[&Endpoint],
) -> Result<(), Refusal> {
    let unreached = services.iter().find(|s| backend::place(state, s, endpoints).is_none());
    let Some(service) = unreached else { return Ok(()) };
    let (container, service_name) = (name.to_owned(), service.name.clone());
    match service.network.as_ref().and_then(|id| state.networks.get(id)) {
        Some(network) => Err(Refusal::NotInServiceNetwork {
            container,
            service: service_name,
            network: network.name.clone(),
        }),
        None => Err(Refusal::PublishedNowhere(container)),
    }
}
