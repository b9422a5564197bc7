//! What is known of the host's ports, which a pure decision cannot look up itself.

use std::{fmt, net::Ipv4Addr, ops::RangeInclusive};

use crate::model::Protocol;

/// What is known of the host's ports when a container is created.
#[derive(Clone, Copy)]
pub struct HostPorts<'p> {
    /// Where a port comes from that nobody names: the first and last of `net.ipv4.ip_local_port_range`.
    pub chosen_from: (u16, u16),
    /// Ranges of it that are passed over: `net.ipv4.ip_local_reserved_ports`.
    pub reserved: &'p [RangeInclusive<u16>],
    /// Any number: the search begins there.
    pub seed: u32,
    /// Whether a process of the host has the port of an address (0.0.0.0: of any).
    pub used: &'p dyn Fn(Ipv4Addr, Protocol, u16) -> PortUse,
}

/// What the host says of one of its ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortUse {
    /// It can be published.
    Free,
    /// A process has it.
    Taken,
    /// The address is none of the host's.
    NoSuchAddress,
}

impl fmt::Debug for HostPorts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostPorts").field("chosen_from", &self.chosen_from).finish_non_exhaustive()
    }
}
