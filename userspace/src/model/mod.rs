//! The words of the project as types: what the store holds and the API speaks of.

mod container;
mod endpoint;
mod id;
mod mac;
mod network;
mod node;

pub use container::{Container, ContainerState, Process};
pub use endpoint::Endpoint;
pub use id::{Id, InvalidName, validate_name};
pub use mac::Mac;
pub use network::{Driver, Network, Subnet, VXLAN_OVERHEAD};
pub use node::{Availability, Node};
