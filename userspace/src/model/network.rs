//! Networks and their subnets.

use std::{collections::BTreeMap, fmt, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::Id;
use crate::ipam::Options;

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
    /// Its name, unique in the cluster; of a bridge network, unique as seen from its node.
    pub name: String,
    /// What carries it.
    pub driver: Driver,
    /// The one node that it is on (bridge); none: every node (overlay).
    #[serde(default)]
    pub node: Option<Id>,
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
    /// VXLAN network identifier; of a bridge network, one that never goes on a wire and that other nodes
    /// may use for theirs.
    pub vni: u32,
}

/// Bytes that VXLAN puts around a packet: outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14 (RFC 7348).
pub const VXLAN_OVERHEAD: u16 = 50;

/// Name of the network that a container joins where no other is named: every node has its own.
pub const DEFAULT_NETWORK: &str = "bridge";

impl Network {
    /// Largest IP packet between its containers, bytes. Overlay: 50 less than the underlay carries, or
    /// than the network's own option says where that is less. Bridge: what the option says, or what the
    /// underlay carries.
    pub fn mtu(&self, underlay_mtu: u32) -> u16 {
        let underlay = u16::try_from(underlay_mtu).unwrap_or(u16::MAX);
        let option = self.settings().mtu;
        match self.driver {
            Driver::Overlay => option.unwrap_or(underlay).min(underlay).saturating_sub(VXLAN_OVERHEAD),
            Driver::Bridge => option.unwrap_or(underlay),
        }
    }

    /// Its options, read; they were checked when it was created.
    pub fn settings(&self) -> Options {
        Options::read(self.driver, &self.options).unwrap_or_default()
    }

    /// Whether it is there as seen from `node`.
    pub fn is_seen_from(&self, node: &Id) -> bool {
        self.node.as_ref().is_none_or(|own| own == node)
    }

    /// Whether it is its node's default network: it cannot be removed, names are not resolved on it, and
    /// addresses and aliases cannot be chosen.
    pub fn is_default(&self) -> bool {
        self.node.is_some() && self.name == DEFAULT_NETWORK
    }

    /// VNI of its first subnet, by which the dataplane knows the network.
    pub fn first_vni(&self) -> Option<u32> {
        self.subnets.first().map(|subnet| subnet.vni)
    }

    /// The subnet that holds `addr`.
    pub fn subnet_of(&self, addr: Ipv4Addr) -> Option<&Subnet> {
        self.subnets.iter().find(|s| s.cidr.contains(&addr))
    }
}
