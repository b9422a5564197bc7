//! Updating services.

use std::collections::BTreeSet;

use super::{ingress, part::part_of, ports::Wishes, vip, vip::Supply};
use crate::{
    api::types::{EndpointMode, ServiceUpdate},
    desired::{Given, Refusal, State, draft::Draft, state::find},
    model::{Id, Service, ServicePort},
    store::{
        Txn,
        schema::{Key, Part},
    },
};

/// The largest weight: the lightest backend of a service still has a share that a ring can show.
const HEAVIEST: u16 = 1000;

/// Changes a service. What it publishes counts for containers that join from now on. `supply` as for
/// [`super::create`].
///
/// # Errors
/// A [`Refusal`] where there is none of that name, or a port, a backend or a weight is not possible.
pub fn update(
    state: &State,
    name: &str,
    request: &ServiceUpdate,
    supply: impl Into<Supply>,
    given: &mut Given<'_>,
) -> Result<(Service, Txn), Refusal> {
    let old = state.service(name)?;
    let mut draft = Draft::default();
    let mut service = Service { updated: given.now, ..old.clone() };
    forget_strangers(state, &mut service);
    plain(&mut service, request);
    service.ports = republish(state, &service, request)?;
    share(state, &mut service, request)?;
    let service = readdress(state, service, request.endpoint_mode, supply.into(), &mut draft)?;
    ingress::settle(state, &old.ports, &service, &mut draft)?;
    let key = Key::Service(service.id.clone());
    draft.unchanged(state, &key);
    draft.put(&key, &service);
    guard(state, part_of(old), part_of(&service), &service.id, &mut draft);
    Ok((service, draft.txn()))
}

/// What is said of backends holds for those that there are. Those that join from now on are in the part `new`.
fn guard(state: &State, old: Part, new: Part, service: &Id, draft: &mut Draft) {
    let moves = old != new;
    let (old, new) = (Key::Guard(old, service.clone()), Key::Guard(new, service.clone()));
    draft.unchanged(state, &old);
    if moves {
        draft.delete(&old);
        draft.create(&new, service);
    }
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
    if request.publish_add.is_empty() {
        kept.iter_mut().for_each(|port| restrict(port, request));
    }
    let wishes = Wishes {
        service: Some(&service.id),
        ports: &request.publish_add,
        sources: &request.sources,
        addresses: &request.addresses,
        mode: mode(service, request),
    };
    wishes.publish(state, kept)
}

/// Who may reach a port that is there, and where; what was not said stays.
fn restrict(port: &mut ServicePort, request: &ServiceUpdate) {
    if !request.sources.is_empty() {
        port.sources.clone_from(&request.sources);
    }
    if !request.addresses.is_empty() {
        port.addresses.clone_from(&request.addresses);
    }
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
    let backends = state.backends_of_service(&service.id).map(|b| (&b.container, &b.container_name, b));
    match find(backends.collect::<Vec<_>>().into_iter(), name, "container", "ps -a") {
        Ok(backend) => Ok(backend.container.clone()),
        Err(Refusal::NotFound { .. }) => {
            Err(Refusal::NoBackend { container: name.to_owned(), service: service.name.clone() })
        }
        Err(refusal) => Err(refusal),
    }
}

/// Backends that are gone leave nothing behind.
fn forget_strangers(state: &State, service: &mut Service) {
    let there: BTreeSet<&Id> = state.backends_of_service(&service.id).map(|b| &b.container).collect();
    service.draining.retain(|container| there.contains(container));
    service.weights.retain(|container, _| there.contains(container));
}

/// Gives the service an address or takes it away, as it now needs one. Without a network it has one as long as
/// it has ports of all nodes.
fn readdress(
    state: &State,
    service: Service,
    mode: Option<EndpointMode>,
    supply: Supply,
    draft: &mut Draft,
) -> Result<Service, Refusal> {
    let has_ingress = ingress::has_way_out(state, &service)?;
    let needs_one = match (mode, &service.network) {
        (Some(_), None) => return Err(Refusal::NoAddressWithoutNetwork(service.name)),
        (None, None) => has_ingress,
        (Some(EndpointMode::Dnsrr), _) if has_ingress => return Err(Refusal::IngressWithoutVip),
        (mode, Some(_)) => mode.map_or(service.vip.is_some(), |mode| mode == EndpointMode::Vip),
    };
    match (needs_one, service.vip) {
        (true, None) => vip::give(state, service, supply, draft),
        (false, Some(_)) => Ok(vip::take_back(service, draft)),
        _ => Ok(service),
    }
}
