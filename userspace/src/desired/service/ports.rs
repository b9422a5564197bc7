//! Published ports of services.

use crate::{
    api::types::{EndpointMode, PortRange, PublishRequest, ServicePublish},
    desired::{Refusal, State},
    model::{PortMode, Protocol, Service, ServicePort},
};

/// Where a published port comes from that nobody names, as in Docker.
const CHOSEN_FROM: std::ops::RangeInclusive<u16> = 30_000..=32_767;

/// Adds what is asked for to a service's `ports`.
pub(super) fn publish(
    state: &State,
    wanted: &[ServicePublish],
    mut ports: Vec<ServicePort>,
    mode: EndpointMode,
) -> Result<Vec<ServicePort>, Refusal> {
    for wish in wanted {
        check_port(Some(wish.target))?;
        check_port(wish.published)?;
        check_mode(wish.mode, mode)?;
    }
    // Ports that somebody insists on come first, so that none that is chosen is in their way.
    let (named, open): (Vec<&ServicePublish>, Vec<_>) = wanted.iter().partition(|w| w.published.is_some());
    for wish in named.into_iter().chain(open) {
        let published = wish.published.or_else(|| free(state, &ports, wish.protocol));
        let published = published.ok_or(Refusal::ServicePortsExhausted(wish.protocol))?;
        if ports.iter().any(|p| (p.published, p.protocol) == (published, wish.protocol)) {
            return Err(Refusal::ServicePortTwice { port: published, protocol: wish.protocol });
        }
        ports.push(ServicePort { published, target: wish.target, protocol: wish.protocol, mode: wish.mode });
    }
    Ok(ports)
}

/// A port is not 0.
pub(super) fn check_port(port: Option<u16>) -> Result<(), Refusal> {
    if port == Some(0) { Err(Refusal::NoPort) } else { Ok(()) }
}

fn check_mode(port: PortMode, endpoint: EndpointMode) -> Result<(), Refusal> {
    match (port, endpoint) {
        (PortMode::Host, _) => Ok(()),
        (PortMode::Ingress, EndpointMode::Dnsrr) => Err(Refusal::IngressWithoutVip),
        (PortMode::Ingress, EndpointMode::Vip) => Err(Refusal::NoIngressYet),
    }
}

/// The first port that no service publishes.
fn free(state: &State, own: &[ServicePort], protocol: Protocol) -> Option<u16> {
    let all = || state.services.values().flat_map(|s| &s.ports).chain(own);
    let mut range = CHOSEN_FROM;
    range.find(|port| !all().any(|p| (p.published, p.protocol) == (*port, protocol)))
}

/// What a container that joins the service publishes on its node, as if by `-p`.
pub(in crate::desired) fn host_ports(service: &Service) -> impl Iterator<Item = PublishRequest> {
    let here = service.ports.iter().filter(|p| p.mode == PortMode::Host);
    here.map(|p| PublishRequest {
        host_ip: None,
        host: Some(PortRange::one(p.published)),
        container: PortRange::one(p.target),
        protocol: p.protocol,
        sources: Vec::new(),
    })
}
