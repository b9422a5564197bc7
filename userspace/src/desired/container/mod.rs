//! Creating, connecting, starting, ending and removing containers, and attaching namespaces.

mod connect;
mod create;
mod life;
mod mode;

pub use connect::{connect, disconnect};
pub(super) use create::place;
pub use create::{attach, create};
pub use life::{detach, drain, exit, remove, start, strike_out, withdraw};
pub(super) use life::{forget, rewrite};

use std::collections::{BTreeMap, BTreeSet};

use super::State;
use crate::{
    api::types::Attach,
    model::{Container, Endpoint, Id, SERVICE_LABEL},
    store::schema::Part,
};

/// The parts of the store that a container's end changes for others.
pub fn parts(state: &State, container: &Container) -> Vec<Part> {
    let services = container.services.iter().filter_map(|id| state.services.get(id));
    let networks = container.networks.iter().cloned().map(Part::Network);
    networks.chain(services.map(super::service::part_of)).collect()
}

/// The networks that are decided on where a container of `node` is to come into these networks and services;
/// into the default one where it names none.
pub fn parts_entered(
    state: &State,
    networks: &[Attach],
    services: &[String],
    labels: &BTreeMap<String, String>,
    node: &Id,
) -> BTreeSet<Part> {
    let named = networks.iter().filter_map(|attach| state.network(&attach.network, node).ok());
    let default = state.default_network(node).filter(|_| networks.is_empty());
    let entered = named.chain(default).map(|network| Part::Network(network.id.clone()));
    let joined = services.iter().chain(labels.get(SERVICE_LABEL)).filter_map(|name| state.service(name).ok());
    entered.chain(joined.map(super::service::part_of)).collect()
}

/// A container with its endpoints, in the order eth0, eth1, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The container.
    pub container: Container,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
}
