//! Published ports of services.

use ipnet::Ipv4Net;

use super::ingress;
use crate::{
    api::types::{EndpointMode, PortRange, PublishRequest, ServicePublish},
    desired::{Refusal, State},
    model::{Id, PortMode, Protocol, Service, ServicePort},
};

/// Where a published port comes from that nobody names, as in Docker.
const CHOSEN_FROM: std::ops::RangeInclusive<u16> = 30_000..=32_767;

/// What a service is to publish besides what it does.
pub(super) struct Wishes<'w> {
    /// The service, where it is there already.
    pub(super) service: Option<&'w Id>,
    /// The ports.
    pub(super) ports: &'w [ServicePublish],
    /// Who may reach them; empty: everyone.
    pub(super) sources: &'w [Ipv4Net],
    /// At which of the nodes' addresses they are; empty: at all of them.
    pub(super) addresses: &'w [Ipv4Net],
    /// Where its name leads.
    pub(super) mode: EndpointMode,
}

impl Wishes<'_> {
    /// Adds what is asked for to the service's `ports`.
    pub(super) fn publish(
        &self,
        state: &State,
        mut ports: Vec<ServicePort>,
    ) -> Result<Vec<ServicePort>, Refusal> {
        for wish in self.ports {
            check_port(Some(wish.target))?;
            check_port(wish.published)?;
            check_mode(wish.mode, self.mode)?;
        }
        // Ports that somebody insists on come first, so that none that is chosen is in their way.
        let (named, open): (Vec<_>, Vec<_>) = self.ports.iter().partition(|w| w.published.is_some());
        for wish in named.into_iter().chain(open) {
            let port = self.one(state, wish, &ports)?;
            ports.push(port);
        }
        ingress::check_count(&ports)?;
        check_addresses(&ports)?;
        Ok(ports)
    }

    fn one(&self, state: &State, wish: &ServicePublish, own: &[ServicePort]) -> Result<ServicePort, Refusal> {
        let published = wish.published.or_else(|| free(state, own, wish.protocol));
        let published = published.ok_or(Refusal::ServicePortsExhausted(wish.protocol))?;
        if own.iter().any(|p| (p.published, p.protocol) == (published, wish.protocol)) {
            return Err(Refusal::ServicePortTwice { port: published, protocol: wish.protocol });
        }
        let (target, protocol, mode) = (wish.target, wish.protocol, wish.mode);
        let (sources, addresses) = (self.sources.to_vec(), self.addresses.to_vec());
        let port = ServicePort { published, target, protocol, mode, sources, addresses };
        ingress::check_free(state, self.service, &port)?;
        Ok(port)
    }
}

/// A port is not 0.
pub(super) fn check_port(port: Option<u16>) -> Result<(), Refusal> {
    if port == Some(0) { Err(Refusal::NoPort) } else { Ok(()) }
}

fn check_mode(port: PortMode, endpoint: EndpointMode) -> Result<(), Refusal> {
    match (port, endpoint) {
        (PortMode::Ingress, EndpointMode::Dnsrr) => Err(Refusal::IngressWithoutVip),
        _ => Ok(()),
    }
}

/// Ports of backends' nodes are at all addresses, as if by `-p` without one.
fn check_addresses(ports: &[ServicePort]) -> Result<(), Refusal> {
    match ports.iter().find(|port| !port.is_ingress() && !port.addresses.is_empty()) {
        Some(port) => Err(Refusal::AddressOfHostPort(port.published)),
        None => Ok(()),
    }
}

/// The first port that no service publishes, nor a container.
fn free(state: &State, own: &[ServicePort], protocol: Protocol) -> Option<u16> {
    let all = || state.services.values().flat_map(|s| &s.ports).chain(own);
    let mut range = CHOSEN_FROM;
    range.find(|port| {
        !all().any(|p| (p.published, p.protocol) == (*port, protocol))
            && ingress::publisher(state, *port, protocol).is_none()
    })
}

/// What a container that joins the service publishes on its node, as if by `-p`.
pub(in crate::desired) fn host_ports(service: &Service) -> impl Iterator<Item = PublishRequest> {
    let here = service.ports.iter().filter(|p| p.mode == PortMode::Host);
    here.map(|p| PublishRequest {
        host_ip: None,
        host: Some(PortRange::one(p.published)),
        container: PortRange::one(p.target),
        protocol: p.protocol,
        sources: p.sources.clone(),
    })
}
