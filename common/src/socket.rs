//! Sockets that were led to a container by a published port or a VIP.

use crate::{Ipv4, Port};

/// A socket and the container that it was sent to.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketKeyV4 {
    /// The socket's cookie (`SO_COOKIE`).
    pub cookie: u64,
    /// Where it was sent: the container.
    pub to: SocketAddressV4,
}

/// An address and a port, as they stand on the wire.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SocketAddressV4 {
    /// The address.
    pub addr: Ipv4,
    /// The port.
    pub port: Port,
    /// Zero.
    pub reserved: u16,
}
