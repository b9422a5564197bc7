//! Creating, connecting, starting, ending and removing containers, and attaching namespaces.

mod connect;
mod create;
mod life;
mod mode;

pub use connect::{connect, disconnect};
pub use create::{attach, create};
pub use life::{detach, drain, exit, remove, start, withdraw};

use crate::model::{Container, Endpoint};

/// A container with its endpoints, in the order eth0, eth1, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The container.
    pub container: Container,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
}
