//! The places where packets enter: steps in their order, and what becomes of the packet.
//!
//! A hook's program does what most of its packets need. What only some need is a *road*: a program of
//! its own, with a budget of its own, which takes the packet over by a tail call ([`maps::roads`]). It
//! gets the packet and nothing else, so it looks up again what it needs to know; it relies on the
//! checks that came before, and never on the version of the program that made them.
//!
//! ```text
//!  container's veth --> from_container --(for nobody in the network)--> beyond
//!  uplink, XDP      --> from_wire ---(all but passing traffic and datagrams)--> the kernel: from_uplink
//!  uplink           --> from_uplink ------(not VXLAN for this node)---> from_outside
//!  other interfaces --------------------------------------------------> from_outside
//!  from_container, beyond ----------------(for a service)-------------> to_service
//!  from_container, from_uplink --(to a container that asked services)-> to_client
//!  cw-host's peer   --> from_host --------(for a service)-------------> host_to_service
//!  from_uplink ---------------------------(by the mesh)---------------> from_mesh
//!  from_mesh -----------------------------(of a port of the mesh)-----> out_of_mesh
//!  beyond --------------------------------(an answer to a node)-------> to_mesh
//!  from_outside --------------------------(for a port of the mesh)----> to_backend
//! ```
//!
//! The daemon fills the slots of roads before it moves links to new programs. Where none is there a
//! container's packet is dropped as `no_program`, and the uplink's is the host's.
//!
//! [`maps::roads`]: crate::maps::roads

mod begin;
#[cfg(feature = "bench")]
pub mod bench;
mod beyond;
mod drop;
#[cfg(feature = "faults")]
pub mod faults;
mod from_container;
mod from_host;
mod from_mesh;
mod from_outside;
mod from_uplink;
mod from_wire;
mod host_to_service;
mod ingress;
mod led;
mod notice;
mod out;
mod out_of_mesh;
mod socket;
mod through_lo;
mod to_backend;
mod to_client;
mod to_mesh;
mod to_node;
mod to_service;
mod translated;
#[cfg(feature = "faults")]
pub mod witness;

pub use beyond::beyond;
pub use from_container::from_container;
pub use from_host::from_host;
pub use from_mesh::from_mesh;
pub use from_outside::from_outside;
pub use from_uplink::from_uplink;
pub use from_wire::{from_driver, from_wire};
pub use host_to_service::host_to_service;
pub use out_of_mesh::out_of_mesh;
pub use socket::{bind, connect, getpeername, recvmsg, sendmsg};
pub use through_lo::through_lo;
pub use to_backend::to_backend;
pub use to_client::to_client;
pub use to_mesh::to_mesh;
pub use to_service::to_service;
