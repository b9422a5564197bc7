//! Updating services.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;

use super::{ports, vip};
use crate::{
    api::types::{EndpointMode, ServiceUpdate},
    desired::{Given, Refusal, State, draft::Draft},
    model::{Id, PortMode, Service, ServicePort},
    store::{Txn, schema::Key},
};

/// The largest weight: the lightest backend of a service still has a share that a ring can show.
const HEAVIEST: u16 = 1000;

/// Changes a service. What it publishes counts for containers that join from now on. `vip_pool` as for
/// [`super::create`].
///
/// # Errors
/// A [`Refusal`] where there is none of that name, or a port, a backend or a weight is not possible.
pub fn update(
    state: &State,
    name: &str,
    request: &ServiceUpdate,
    vip_pool: Ipv4Net,
    given: &mut Given<'_>,
) -> Result<(Service, Txn), Refusal> {
    let old = state.service(name)?;
    let mut draft = Draft::default();
    let mut service = Service { updated: given.now, ..old.clone() };
    forget_strangers(state, &mut service);
    plain(&mut service, request);
    service.ports = republish(state, &service, request)?;
    share(state, &mut service, request)?;
    let service = readdress(state, service, request.endpoint_mode, vip_pool, &mut draft)?;
    let key = Key::Service(service.id.clone());
    draft.unchanged(state, &key);
    draft.put(&key, &service);
    Ok((service, draft.txn()))
}

/// What is just written down.
fn plain(service: &mut Service, request: &ServiceUpdate) {
    service.balance = request.balance.unwrap_or(service.balance);
    service.local_first = request.local_first.unwrap_or(service.local_first);
    service.return_path = request.return_path.unwrap_or(service.return_path);
    if let Some(seconds) = request.affinity_seconds {
        service.affinity_seconds = (seconds > 0).then_some(seconds);
    }
    if let Some(port) = request.health_tcp {
        service.health_tcp = (port > 0).then_some(port);
    }
    request.label_rm.iter().for_each(|key| drop(service.labels.remove(key)));
    service.labels.extend(request.label_add.clone());
}

fn republish(state: &State, service: &Service, request: &ServiceUpdate) -> Result<Vec<ServicePort>, Refusal> {
    let mut kept = service.ports.clone();
    for (target, protocol) in &request.publish_rm {
        let before = kept.len();
        kept.retain(|p| (p.target, p.protocol) != (*target, *protocol));
        if kept.len() == before {
            let service = service.name.clone();
            return Err(Refusal::NotPublished { service, target: *target, protocol: *protocol });
        }
    }
    ports::publish(state, &request.publish_add, kept, mode(service, request))
}

fn mode(service: &Service, request: &ServiceUpdate) -> EndpointMode {
    let dnsrr = service.network.is_some() && service.vip.is_none();
    request.endpoint_mode.unwrap_or(if dnsrr { EndpointMode::Dnsrr } else { EndpointMode::Vip })
}

/// Weights, and who takes no new conversations.
fn share(state: &State, service: &mut Service, request: &ServiceUpdate) -> Result<(), Refusal> {
    for (name, weight) in &request.weights {
        let container = backend(state, service, name)?;
        match weight {
            1 => drop(service.weights.remove(&container)),
            2..=HEAVIEST => drop(service.weights.insert(container, *weight)),
            _ => return Err(Refusal::Weight { weight: *weight, heaviest: HEAVIEST }),
        }
    }
    for name in &request.drain {
        let container = backend(state, service, name)?;
        service.draining.insert(container);
    }
    for name in &request.undrain {
        let container = backend(state, service, name)?;
        service.draining.remove(&container);
    }
    Ok(())
}

/// The container that a backend is called by.
fn backend(state: &State, service: &Service, name: &str) -> Result<Id, Refusal> {
    let container = state.container(name)?;
    if !state.backends.contains_key(&(service.id.clone(), container.id.clone())) {
        let (container, service) = (container.name.clone(), service.name.clone());
        return Err(Refusal::NoBackend { container, service });
    }
    Ok(container.id.clone())
}

/// Backends that are gone leave nothing behind.
fn forget_strangers(state: &State, service: &mut Service) {
    let there: BTreeSet<&Id> = state.backends_of_service(&service.id).map(|b| &b.container).collect();
    service.draining.retain(|container| there.contains(container));
    service.weights.retain(|container, _| there.contains(container));
}

fn readdress(
    state: &State,
    service: Service,
    mode: Option<EndpointMode>,
    vip_pool: Ipv4Net,
    draft: &mut Draft,
) -> Result<Service, Refusal> {
    match mode {
        Some(_) if service.network.is_none() => Err(Refusal::NoAddressWithoutNetwork(service.name)),
        Some(EndpointMode::Vip) if service.vip.is_none() => vip::give(state, service, vip_pool, draft),
        Some(EndpointMode::Dnsrr) if service.ports.iter().any(|p| p.mode == PortMode::Ingress) => {
            Err(Refusal::IngressWithoutVip)
        }
        Some(EndpointMode::Dnsrr) => Ok(vip::take_back(service, draft)),
        _ => Ok(service),
    }
}
