//! The host's interfaces, addresses, routes and neighbours over netlink: the only room that speaks it.
//!
//! [`Link`] is bound to one network namespace; its methods stand in a file per concern.

mod address;
mod aggregation;
mod arp;
mod conversation;
mod error;
mod events;
mod frames;
pub mod generic_netlink;
mod handle;
mod host_pair;
mod inside;
mod ipv6;
mod missing;
mod mtu;
mod next_hop;
mod offload;
mod outside;
pub mod reserved_ports;
mod route;
mod underlay;
mod veth;

pub use address::Address;
pub use aggregation::CW_VXLAN;
pub use error::LinkError;
pub use events::{LinkEvent, events};
pub use handle::{Interface, Link};
pub use host_pair::{CW_HOST, CW_ROAD, HostPair, HostRoute};
pub use inside::Inside;
pub use ipv6::disable_ipv6;
pub use missing::{HostDifference, Missing};
pub use mtu::{MIN_CONTAINER_MTU, MtuTooSmall, OVERLAY_OVERHEAD, container_mtu};
pub use offload::{can_take_frames, segment_datagrams, take_frames};
pub use outside::{delete_outside, set_up_outside};
pub use reserved_ports::{
    LocalPorts, ReservedPorts, free_ports, local_ports, reserve_ports, unreserved_ports,
};
pub use route::Route;
pub use underlay::Underlay;
pub use veth::VethSpec;
