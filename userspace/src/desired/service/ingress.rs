//! Ports that every node answers on: each is one service's, and nobody else's on any node.

use std::collections::BTreeSet;

use crate::{
    desired::{Refusal, State, draft::Draft},
    model::{Container, Id, PortMode, Protocol, Service, ServicePort},
    store::schema::{Claim, Key},
};

/// The most such ports of a service, and the most that one change adds and removes: each is a key of its own,
/// and etcd takes 128 operations in a transaction.
pub(in crate::desired) const MOST: usize = 100;

/// Sees that a service has no more such ports than it may.
pub(super) fn check_count(ports: &[ServicePort]) -> Result<(), Refusal> {
    if ports.iter().filter(|p| p.is_ingress()).count() > MOST {
        return Err(Refusal::TooManyIngressPorts);
    }
    Ok(())
}

/// Whether a service has such ports.
///
/// # Errors
/// [`Refusal::IngressWithoutWayOut`] where it does, and its containers could answer nobody outside.
pub(super) fn has_way_out(state: &State, service: &Service) -> Result<bool, Refusal> {
    let publishes = service.ingress().next().is_some();
    let network = service.network.as_ref().and_then(|id| state.networks.get(id));
    match network.filter(|network| publishes && network.internal) {
        None => Ok(publishes),
        Some(network) => Err(Refusal::IngressWithoutWayOut(network.name.clone())),
    }
}

/// Sees that a port which `own` wants to publish is not in the way of another's on any node: a port of all
/// nodes is one's alone; one of the backends' nodes may be several services', which meet on no node.
pub(super) fn check_free(state: &State, own: Option<&Id>, port: &ServicePort) -> Result<(), Refusal> {
    let others = state.services.values().filter(|s| Some(&s.id) != own);
    let mut theirs = others.flat_map(|s| s.ports.iter().map(move |p| (s, p)));
    let meet = |p: &ServicePort| {
        (p.published, p.protocol) == (port.published, port.protocol) && (p.is_ingress() || port.is_ingress())
    };
    if let Some((service, _)) = theirs.find(|(_, p)| meet(p)) {
        let (port, service) = (named(port), service.name.clone());
        return Err(Refusal::ServicePortTaken { port, service });
    }
    match publisher(state, port.published, port.protocol).filter(|_| port.mode == PortMode::Ingress) {
        None => Ok(()),
        Some(container) => Err(Refusal::PortOfContainer {
            port: named(port),
            container: container.name.clone(),
            node: state.node_name(&container.node).to_owned(),
        }),
    }
}

/// The container that publishes a port on its node.
pub(super) fn publisher(state: &State, port: u16, protocol: Protocol) -> Option<&Container> {
    let there = state.containers.values().filter(|c| !c.has_exited());
    let has =
        |c: &&Container| c.published.iter().any(|r| r.protocol == protocol && r.host_ports().contains(&port));
    there.into_iter().find(has)
}

fn named(port: &ServicePort) -> String {
    format!("{}/{}", port.published, port.protocol)
}

/// Writes which of these ports the service has from now on; `old` are those that it had.
pub(super) fn settle(
    state: &State,
    old: &[ServicePort],
    service: &Service,
    draft: &mut Draft,
) -> Result<(), Refusal> {
    let keys = |ports: &[ServicePort]| -> BTreeSet<Key> {
        ports
            .iter()
            .filter(|p| p.is_ingress())
            .map(|p| Claim::Ingress(p.protocol, p.published).into())
            .collect()
    };
    let (old, new) = (keys(old), keys(&service.ports));
    let (gone, come): (Vec<_>, Vec<_>) = (old.difference(&new).collect(), new.difference(&old).collect());
    if gone.len() + come.len() > MOST {
        return Err(Refusal::TooManyIngressPorts);
    }
    gone.into_iter().for_each(|key| draft.delete(key));
    if come.is_empty() {
        return Ok(());
    }
    come.into_iter().for_each(|key| draft.create(key, &service.id));
    // Containers that publish ports meanwhile, on whichever node, have chosen without these.
    draft.unchanged(state, &Claim::Published.into());
    draft.put(&Key::IngressPorts, &service.id);
    Ok(())
}
