//! The words of the project as types: what the store holds and the API speaks of.

mod container;
mod docker;
mod endpoint;
mod files;
mod id;
mod mac;
mod network;
mod node;
mod published;
mod service;
mod sizes;

pub use container::{Container, ContainerState, HOST_NETNS, NetworkMode, Place, Process, SERVICE_LABEL};
pub use docker::{Docker, Stage};
pub use endpoint::Endpoint;
pub use files::Files;
pub use id::{Id, InvalidName, validate_name};
pub use mac::{InvalidMac, Mac};
pub use network::{DEFAULT_NETWORK, Driver, Network, Subnet, VXLAN_OVERHEAD};
pub use node::{Availability, Node, SignOfLife};
pub use published::{Protocol, PublishedRange};
pub use service::{Backend, BackendState, Balance, PortMode, ReturnPath, Service, ServicePort};
pub use sizes::{Sizes, WrongSize};
