//! Keys, typed.

use std::{fmt, net::Ipv4Addr};

use super::Part;
use crate::model::{Id, Protocol};

/// A key of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A network.
    Network(Id),
    /// Where the last VNI was handed out.
    Pool,
    /// A node.
    Node(Id),
    /// A node's sign of life.
    Live(Id),
    /// A service.
    Service(Id),
    /// Where virtual addresses come from.
    VipPool,
    /// The last service that published ports on every node.
    IngressPorts,
    /// A container: its node, its id.
    Container(Id, Id),
    /// Where the last VNI of a node's own networks was handed out.
    LocalPool(Id),
    /// Who last published ports on a node.
    Ports(Id),
    /// Where the network's last addresses were handed out.
    Cursor(Id),
    /// The endpoint that has an address in a network.
    Endpoint(Id, Ipv4Addr),
    /// What a node has applied of a network: the network, the node.
    Applied(Id, Id),
    /// Stands beside a service's backends: their part, the service.
    Guard(Part, Id),
    /// A service's backend: its part, the service, the container.
    Backend(Part, Id, Id),
    /// What is unique, with whoever has it.
    Claim(Claim),
}

/// Something that only one can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// A network's name.
    NetworkName(String),
    /// The name of a node's own network.
    LocalName(Id, String),
    /// A VNI.
    Vni(u32),
    /// A container's name.
    ContainerName(String),
    /// A node's name.
    NodeName(String),
    /// A node's underlay address.
    Vtep(Ipv4Addr),
    /// A service's name.
    ServiceName(String),
    /// A service's virtual address.
    Vip(Ipv4Addr),
    /// A port that a service publishes on every node.
    Ingress(Protocol, u16),
    /// The container that last published ports on some node: not unique, but followed by nobody either.
    Published,
}

impl Key {
    /// The part that it is in; none for a claim, which nobody follows.
    pub fn part(&self) -> Option<Part> {
        Some(match self {
            Self::Network(_) | Self::Pool | Self::Node(_) | Self::Live(_) => Part::Cluster,
            Self::Service(_) | Self::VipPool | Self::IngressPorts => Part::Cluster,
            Self::Container(node, _) | Self::LocalPool(node) | Self::Ports(node) => Part::Node(node.clone()),
            Self::Cursor(network) | Self::Endpoint(network, _) | Self::Applied(network, _) => {
                Part::Network(network.clone())
            }
            Self::Guard(part, _) | Self::Backend(part, ..) => part.clone(),
            Self::Claim(_) => return None,
        })
    }

    /// Whether it is a node's report of what it has applied: news for who waits, and nobody's to apply.
    pub const fn is_report(&self) -> bool {
        matches!(self, Self::Live(_) | Self::Applied(..))
    }

    /// Whether it only orders commits, and no dataplane holds anything of it.
    pub const fn only_orders(&self) -> bool {
        matches!(
            self,
            Self::Pool
                | Self::IngressPorts
                | Self::LocalPool(_)
                | Self::Ports(_)
                | Self::Cursor(_)
                | Self::Guard(..)
                | Self::Claim(_)
        )
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(part) = self.part() {
            write!(f, "{part}")?;
        }
        match self {
            Self::Network(id) => write!(f, "networks/{id}"),
            Self::Pool | Self::LocalPool(_) => f.write_str("pool"),
            Self::Node(id) => write!(f, "nodes/{id}"),
            Self::Live(node) => write!(f, "live/{node}"),
            Self::Service(id) => write!(f, "services/{id}"),
            Self::VipPool => f.write_str("vip-pool"),
            Self::IngressPorts => f.write_str("ingress-ports"),
            Self::Container(_, id) => write!(f, "containers/{id}"),
            Self::Ports(_) => f.write_str("ports"),
            Self::Cursor(_) => f.write_str("cursor"),
            Self::Endpoint(_, addr) => write!(f, "endpoints/{addr}"),
            Self::Applied(_, node) => write!(f, "applied/{node}"),
            Self::Guard(_, service) => write!(f, "services/{service}"),
            Self::Backend(_, service, container) => write!(f, "backends/{service}/{container}"),
            Self::Claim(claim) => write!(f, "claims/{claim}"),
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NetworkName(name) => write!(f, "network-names/{name}"),
            Self::LocalName(node, name) => write!(f, "network-names/{node}/{name}"),
            Self::Vni(vni) => write!(f, "vnis/{vni}"),
            Self::ContainerName(name) => write!(f, "container-names/{name}"),
            Self::NodeName(name) => write!(f, "node-names/{name}"),
            Self::Vtep(addr) => write!(f, "vteps/{addr}"),
            Self::ServiceName(name) => write!(f, "service-names/{name}"),
            Self::Vip(addr) => write!(f, "vips/{addr}"),
            Self::Ingress(protocol, port) => write!(f, "ingress/{protocol}/{port}"),
            Self::Published => f.write_str("published"),
        }
    }
}

impl From<Claim> for Key {
    fn from(claim: Claim) -> Self {
        Self::Claim(claim)
    }
}
