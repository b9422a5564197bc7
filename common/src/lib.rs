//! What the kernel programs and the daemon must agree on, byte for byte.
//!
//! Everything here is plain data: the values of maps, the reasons for which a packet is dropped,
//! the sizes of tables, the names of programs, maps and pins. Layouts are checked at compile time
//! ([`layout`]), so a field that moves breaks the build and not a packet.
//!
//! Byte order: addresses, MACs and whatever is copied to the wire as it stands are byte arrays in
//! network order; every other number is in host order.
#![no_std]

pub mod attachment;
pub mod bench;
pub mod counters;
pub mod drops;
pub mod endpoint;
pub mod faults;
pub mod flow;
pub mod front;
pub mod host_address;
pub mod ingress;
mod layout;
pub mod limits;
pub mod names;
pub mod namespace;
pub mod node;
pub mod published;
pub mod road;
pub mod service;
pub mod settings;
pub mod socket;
pub mod state;
pub mod vni;

pub use attachment::Attachment;
pub use counters::Counter;
pub use drops::DropReason;
pub use endpoint::{Endpoint, EndpointKey, EndpointKeyV4};
pub use flow::{Flow, FlowKeyV4, Port};
pub use front::FrontEndpoint;
pub use ingress::{Ingress, IngressKey, Tracked};
pub use namespace::{MemberKey, Namespace};
pub use node::{Node, OuterHeader};
pub use published::{Published, PublishedKeyV4, SourceKeyV4};
pub use road::Road;
pub use service::{Affinity, AffinityKeyV4, Backend, LedKeyV4, RingBlock, Service};
pub use settings::Settings;
pub use socket::{SocketAddressV4, SocketKeyV4};
pub use state::State;
pub use vni::{MESH_VNI, VniInfo};

/// A MAC address as it stands on the wire.
pub type Mac = [u8; 6];

/// An IPv4 address as it stands on the wire.
pub type Ipv4 = [u8; 4];
