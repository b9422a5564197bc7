//! `[PUBLISHED[-END]:]TARGET[-END][/tcp|udp]`: the containers' form without an address.

use super::super::publish::publish;
use crate::{
    api::types::{PortRange, PublishRequest, ServicePublish},
    model::PortMode,
};

/// Reads it; a pair a port.
pub(super) fn ports(text: &str) -> Result<Vec<ServicePublish>, String> {
    let PublishRequest { host_ip, host, container, protocol, .. } = publish(text)?;
    if let Some(address) = host_ip {
        return Err(format!("a service is published on all addresses of its nodes: leave out {address}"));
    }
    let pair = |(published, target)| ServicePublish { published, target, protocol, mode: PortMode::Ingress };
    Ok(pairs(host, container).into_iter().map(pair).collect())
}

/// Ranges of one length side by side; several published ports lead to a single target each (Docker's rule).
fn pairs(host: Option<PortRange>, container: PortRange) -> Vec<(Option<u16>, u16)> {
    let targets = container.first..=container.last;
    match host {
        None => targets.map(|target| (None, target)).collect(),
        Some(host) if container.first == container.last => {
            (host.first..=host.last).map(|port| (Some(port), container.first)).collect()
        }
        Some(host) => (host.first..=host.last).map(Some).zip(targets).collect(),
    }
}
