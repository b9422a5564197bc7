//! Which nodes have to know of a service's backends.

use crate::{
    model::{PortMode, Service},
    store::schema::Part,
};

/// The part of the store in which a service's backends are: that of its network, unless every node
/// publishes its ports, or it has no network.
pub(in crate::desired) fn part_of(service: &Service) -> Part {
    let everywhere = service.ports.iter().any(|port| port.mode == PortMode::Ingress);
    match &service.network {
        Some(network) if !everywhere => Part::Network(network.clone()),
        _ => Part::Mesh,
    }
}
