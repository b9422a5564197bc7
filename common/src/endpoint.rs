//! Endpoints: who has an address in a network, and where it is reached.

use crate::{Ipv4, Mac};

/// [`Endpoint::flags`]: some of the packets that reach it are answers to be translated, so they are looked
/// up among the flows. Set by the programs, cleared whenever the daemon writes the entry.
pub const TRANSLATED: u16 = 1;

/// Key of the endpoint table: an address `A` within the network that `vni` stands for.
///
/// A network with several subnets has one VNI per subnet; each of its endpoints is entered once
/// under each of the network's VNIs, so that a container's own VNI is all that is needed to find
/// any neighbour. [`Endpoint::vni`] says which of them is the endpoint's own. Endpoints of this node
/// are entered once more under [`crate::vni::HOST_VNI`], for what the host sends.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointKey<A> {
    /// VXLAN network identifier, 24 bits, host order.
    pub vni: u32,
    /// The address, network order.
    pub addr: A,
}

/// Key of an IPv4 endpoint: 8 bytes, the cheapest hash key there is.
pub type EndpointKeyV4 = EndpointKey<Ipv4>;

/// Where an endpoint is reached, ready for the packet.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Endpoint {
    /// The container interface's MAC.
    pub mac: Mac,
    /// [`TRANSLATED`].
    pub flags: u16,
    /// Index of its node in the node table; [`crate::node::LOCAL`] for this node's own.
    pub node: u32,
    /// Host-side interface of a local endpoint (`bpf_redirect_peer` goes there); 0 for a remote one.
    pub ifindex: u32,
    /// VNI of the subnet that the endpoint's address belongs to: the one on the wire.
    pub vni: u32,
    /// Zero; fills the value to a multiple of 8 bytes.
    pub reserved: u32,
}
