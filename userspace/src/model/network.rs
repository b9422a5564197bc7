//! Networks and their subnets.

use std::{collections::BTreeMap, fmt, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::Id;

/// What carries a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    /// All nodes, VXLAN.
    Overlay,
    /// One node, NAT to the outside.
    Bridge,
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overlay => "overlay",
            Self::Bridge => "bridge",
        })
    }
}

/// A network as the store holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Its identifier.
    pub id: Id,
    /// Its name, unique in the cluster.
    pub name: String,
    /// What carries it.
    pub driver: Driver,
    /// When it was created, seconds since 1970 UTC.
    pub created: u64,
    /// At least one; they never overlap.
    pub subnets: Vec<Subnet>,
    /// No way out of it.
    pub internal: bool,
    /// `-o KEY=VALUE`, under Docker's names.
    pub options: BTreeMap<String, String>,
    /// `--label KEY=VALUE`.
    pub labels: BTreeMap<String, String>,
}

/// One subnet of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// Its addresses (host bits zero).
    pub cidr: Ipv4Net,
    /// Where addresses are handed out from; the whole subnet if none.
    pub ip_range: Option<Ipv4Net>,
    /// The gateway's address.
    pub gateway: Ipv4Addr,
    /// Addresses that are never handed out, by name.
    pub aux: BTreeMap<String, Ipv4Addr>,
    /// VXLAN network identifier; 0 for a bridge network.
    pub vni: u32,
}

/// Bytes that VXLAN puts around a packet: outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14 (RFC 7348).
pub const VXLAN_OVERHEAD: u16 = 50;

impl Network {
    /// Largest IP packet between its containers, bytes: 50 less than the underlay carries, or than the
    /// network's own option says where that is less.
    pub fn mtu(&self, underlay_mtu: u32) -> u16 {
        let underlay = u16::try_from(underlay_mtu).unwrap_or(u16::MAX);
        let option = self.options.get(crate::ipam::MTU).and_then(|mtu| mtu.parse().ok());
        option.unwrap_or(underlay).min(underlay).saturating_sub(VXLAN_OVERHEAD)
    }

    /// The subnet that holds `addr`.
    pub fn subnet_of(&self, addr: Ipv4Addr) -> Option<&Subnet> {
        self.subnets.iter().find(|s| s.cidr.contains(&addr))
    }
}
