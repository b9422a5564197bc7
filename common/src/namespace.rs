//! Network namespaces that this node answers for: its own and its containers'.

use crate::{Ipv4, Port};

/// The address at which every container of a user-defined network finds its resolver.
pub const RESOLVER: Ipv4 = [127, 0, 0, 11];
/// The port at which it does (RFC 1035 §4.2), network order.
pub const DNS_PORT: Port = 53_u16.to_be_bytes();

/// A container's namespace, keyed by its cookie (`SO_NETNS_COOKIE`).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Namespace {
    /// Port of the resolver's UDP socket in it, network order; zero: there is none.
    pub dns_udp: Port,
    /// Port of the resolver's TCP socket in it, network order; zero: there is none.
    pub dns_tcp: Port,
    /// What else is to be known of it: [`HAS_ANOTHER`].
    pub flags: u32,
}

/// Docker's engine has a resolver of its own in the namespace, behind the same address and port. Where ours does not
/// listen, since the daemon is away, that one is asked.
pub const HAS_ANOTHER: u32 = 1;

/// A namespace's membership in a network. The value is the container's address there.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberKey {
    /// The namespace's cookie.
    pub cookie: u64,
    /// First VNI of the network.
    pub network: u32,
    /// Zero.
    pub reserved: u32,
}
