//! Published ports.

use std::{fmt, net::Ipv4Addr, ops::RangeInclusive};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// What ports are published of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// IANA's number for it.
    pub const fn number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// Ports of the host, in a row, that lead to ports of a container, in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedRange {
    /// The host's address; 0.0.0.0: every one.
    pub host_ip: Ipv4Addr,
    /// The first port of the host.
    pub host_port: u16,
    /// The first port of the container.
    pub container_port: u16,
    /// How many; at least 1, and neither side goes beyond 65535.
    pub count: u16,
    /// tcp or udp.
    pub protocol: Protocol,
    /// Who may reach it; everyone if empty.
    #[serde(default)]
    pub sources: Vec<Ipv4Net>,
}

impl PublishedRange {
    /// The host's ports.
    pub const fn host_ports(&self) -> RangeInclusive<u16> {
        self.host_port..=self.host_port.saturating_add(self.count.saturating_sub(1))
    }

    /// The container's ports.
    pub const fn container_ports(&self) -> RangeInclusive<u16> {
        self.container_port..=self.container_port.saturating_add(self.count.saturating_sub(1))
    }

    /// Host's and container's ports, pair by pair.
    pub fn pairs(&self) -> impl Iterator<Item = (u16, u16)> + use<> {
        self.host_ports().zip(self.container_ports())
    }

    /// The first port that both would take from the host: of the same protocol, on addresses of which
    /// one is the other or every one.
    pub fn clash(&self, other: &Self) -> Option<u16> {
        let any = |r: &Self| r.host_ip.is_unspecified();
        let meet =
            self.protocol == other.protocol && (any(self) || any(other) || self.host_ip == other.host_ip);
        let (a, b) = (self.host_ports(), other.host_ports());
        let (first, last) = ((*a.start()).max(*b.start()), (*a.end()).min(*b.end()));
        (meet && first <= last).then_some(first)
    }
}
