//! Creating, connecting, starting, ending and removing containers, and attaching namespaces.

mod connect;
mod create;
mod life;
mod mode;

pub use connect::{connect, disconnect};
pub use create::{attach, create};
pub(super) use life::forget;
pub use life::{detach, drain, exit, remove, start, withdraw};

use super::State;
use crate::{
    model::{Container, Endpoint},
    store::schema::Part,
};

/// The parts of the store that a container's end changes for others.
pub fn parts(state: &State, container: &Container) -> Vec<Part> {
    let services = container.services.iter().filter_map(|id| state.services.get(id));
    let networks = container.networks.iter().cloned().map(Part::Network);
    networks.chain(services.map(super::service::part_of)).collect()
}

/// A container with its endpoints, in the order eth0, eth1, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The container.
    pub container: Container,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
}
