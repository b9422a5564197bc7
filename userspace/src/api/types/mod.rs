//! What goes over the API: requests, answers, and inspections with Docker's key names.
//!
//! A request with a key that its type does not have is refused: an option that is misspelt, or that only a
//! newer daemon knows, would otherwise be passed over in silence. (Where `serde` takes another type's keys in
//! with its own, it cannot say so.)

mod answer;
mod container;
mod inspect;
mod network;
mod node;
mod publish;
mod query;
mod service;

pub use answer::{Changed, Created, Failure, Pruned, Wait};
pub use container::{Attach, AttachTarget, ContainerAttach, ContainerCreate, ContainerExec, Exit, Mode};
pub use inspect::{
    ConfigInspect, ContainerInspect, EndpointInspect, HostConfigInspect, NetworkSettings, PortBinding,
    StateInspect,
};
pub use network::{
    IpamConfig, IpamInspect, NetworkConnect, NetworkContainer, NetworkCreate, NetworkDisconnect,
    NetworkInspect, NetworkPrune, NetworkService, NetworkTask,
};
pub use node::{AuditStatus, MapUse, NodeInspect, NodeUpdate, Status, Version};
pub use publish::{Expose, PortRange, PublishRequest};
pub use query::{Follow, Kill, Removal, Stop, Which};
pub use service::{
    BackendInspect, EndpointMode, EndpointSpec, PortConfig, ServiceCreate, ServiceEndpoint, ServiceInspect,
    ServicePublish, ServiceSpec, ServiceUpdate, VirtualIp,
};
