//! The layout of the store: which keys there are, and what stands under them.
//!
//! Keys are relative to the store's root (etcd: `/causeway/v1/`; the `v1` is this layout's version
//! and changes when an older daemon could no longer read it). Values are JSON of the types named
//! here; readers ignore fields that they do not know, so fields may be added within a version.
//!
//! | key | value | written by |
//! |---|---|---|
//! | `networks/<id>` | [`crate::model::Network`] | whoever creates it |
//! | `network-names/<name>` | the network's id | likewise; makes names unique |
//! | `network-names/<node>/<name>` | the network's id | likewise, for a network of one node |
//! | `vnis/<vni>` | the network's id | likewise; makes VNIs of overlay networks unique |
//! | `cursors/<network>` | [`crate::ipam::Cursor`] | every commit that adds an endpoint to the network |
//! | `pool` | [`crate::ipam::Pool`] | every commit that creates a network |
//! | `pools/<node>` | [`crate::ipam::Pool`] | every commit that creates a network of that node alone |
//! | `ports/<node>` | the last publishing container's id | every commit that publishes ports on the node |
//! | `endpoints/<network>/<addr>` | [`crate::model::Endpoint`] | the container's node |
//! | `containers/<id>` | [`crate::model::Container`] | the container's node |
//! | `container-names/<name>` | the container's id | likewise; makes names unique |
//! | `nodes/<id>` | [`crate::model::Node`] | the node; `node update` |
//! | `node-names/<name>`, `vteps/<addr>` | the node's id | likewise; make both unique |
//! | `live/<node>` | applied revision, a number | the node, under its lease |
//! | `services/<id>` | [`crate::model::Service`] | whoever creates or updates it |
//! | `service-names/<name>` | the service's id | whoever creates it, and every commit that adds a backend |
//! | `vips/<addr>` | the service's id | whoever creates it; makes VIPs unique |
//! | `vip-pool` | [`crate::ipam::VipPool`] | every commit that hands out a VIP; its addresses are the first one's for good |
//! | `backends/<service>/<container>` | [`crate::model::Backend`] | the container's node |
//!
//! Some keys order what would otherwise race. `cursors/<network>` is rewritten with every endpoint,
//! and a network is removed only if its cursor is unchanged since the decision: an endpoint that
//! appears meanwhile, on any node, stops the removal. `pool` is rewritten with every network, so
//! that two networks created at once cannot be given overlapping subnets, nor the same name once for
//! the cluster and once for a node. `ports/<node>` is rewritten with every container that publishes
//! ports there, so that two created at once cannot take the same one: a key for each port would be
//! more than etcd takes in a transaction (128). `pools/<node>` keeps a node's removal and a network
//! created on it apart. `service-names/<name>` is rewritten with every backend, and a service is removed
//! only if that is unchanged: none is left behind. A service rewrites its network's cursor, as endpoints
//! do; the first one rewrites `pool`, so that no network is given addresses of VIPs meanwhile.

use std::{fmt, net::Ipv4Addr};

use crate::model::Id;

/// A key of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A network.
    Network(Id),
    /// The id of the network with a name.
    NetworkName(String),
    /// The id of a node's own network with a name.
    LocalName(Id, String),
    /// The id of the network with a VNI.
    Vni(u32),
    /// Where the network's last addresses were handed out.
    Cursor(Id),
    /// Where the last VNI was handed out.
    Pool,
    /// Where the last VNI of a node's own networks was handed out.
    LocalPool(Id),
    /// Who last published ports on a node.
    Ports(Id),
    /// The endpoint that has an address in a network.
    Endpoint(Id, Ipv4Addr),
    /// A container.
    Container(Id),
    /// The id of the container with a name.
    ContainerName(String),
    /// A node.
    Node(Id),
    /// The id of the node with a name.
    NodeName(String),
    /// The id of the node with an underlay address.
    Vtep(Ipv4Addr),
    /// A node's sign of life: the revision that its dataplane has applied.
    Live(Id),
    /// A service.
    Service(Id),
    /// The id of the service with a name.
    ServiceName(String),
    /// The id of the service with a virtual address.
    Vip(Ipv4Addr),
    /// Where virtual addresses come from.
    VipPool,
    /// A service's backend: the service, the container.
    Backend(Id, Id),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(id) => write!(f, "networks/{id}"),
            Self::NetworkName(name) => write!(f, "network-names/{name}"),
            Self::LocalName(node, name) => write!(f, "network-names/{node}/{name}"),
            Self::Vni(vni) => write!(f, "vnis/{vni}"),
            Self::Cursor(network) => write!(f, "cursors/{network}"),
            Self::Pool => f.write_str("pool"),
            Self::LocalPool(node) => write!(f, "pools/{node}"),
            Self::Ports(node) => write!(f, "ports/{node}"),
            Self::Endpoint(network, addr) => write!(f, "endpoints/{network}/{addr}"),
            Self::Container(id) => write!(f, "containers/{id}"),
            Self::ContainerName(name) => write!(f, "container-names/{name}"),
            Self::Node(id) => write!(f, "nodes/{id}"),
            Self::NodeName(name) => write!(f, "node-names/{name}"),
            Self::Vtep(addr) => write!(f, "vteps/{addr}"),
            Self::Live(node) => write!(f, "live/{node}"),
            Self::Service(id) => write!(f, "services/{id}"),
            Self::ServiceName(name) => write!(f, "service-names/{name}"),
            Self::Vip(addr) => write!(f, "vips/{addr}"),
            Self::VipPool => f.write_str("vip-pool"),
            Self::Backend(service, container) => write!(f, "backends/{service}/{container}"),
        }
    }
}

impl Key {
    /// The key that `text` spells; `None` for one that this version does not know.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('/').unwrap_or((text, ""));
        Some(match kind {
            "networks" => Self::Network(Id::parse(rest)?),
            "network-names" => network_name(rest)?,
            "vnis" => Self::Vni(rest.parse().ok()?),
            "cursors" => Self::Cursor(Id::parse(rest)?),
            "pool" if rest.is_empty() => Self::Pool,
            "pools" => Self::LocalPool(Id::parse(rest)?),
            "ports" => Self::Ports(Id::parse(rest)?),
            "endpoints" => endpoint(rest)?,
            "containers" => Self::Container(Id::parse(rest)?),
            "container-names" => Self::ContainerName(rest.to_owned()),
            "nodes" => Self::Node(Id::parse(rest)?),
            "node-names" => Self::NodeName(rest.to_owned()),
            "vteps" => Self::Vtep(rest.parse().ok()?),
            "live" => Self::Live(Id::parse(rest)?),
            "services" => Self::Service(Id::parse(rest)?),
            "service-names" => Self::ServiceName(rest.to_owned()),
            "vips" => Self::Vip(rest.parse().ok()?),
            "vip-pool" if rest.is_empty() => Self::VipPool,
            "backends" => backend(rest)?,
            _ => return None,
        })
    }
}

fn network_name(rest: &str) -> Option<Key> {
    match rest.split_once('/') {
        Some((node, name)) => Some(Key::LocalName(Id::parse(node)?, name.to_owned())),
        None => Some(Key::NetworkName(rest.to_owned())),
    }
}

fn endpoint(rest: &str) -> Option<Key> {
    let (network, addr) = rest.split_once('/')?;
    Some(Key::Endpoint(Id::parse(network)?, addr.parse().ok()?))
}

fn backend(rest: &str) -> Option<Key> {
    let (service, container) = rest.split_once('/')?;
    Some(Key::Backend(Id::parse(service)?, Id::parse(container)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reads_back() {
        let (id, addr) = (Id::random(), Ipv4Addr::new(10, 0, 9, 2));
        let name = "web.1".to_owned();
        for key in [
            Key::Network(id.clone()),
            Key::NetworkName(name.clone()),
            Key::LocalName(id.clone(), name.clone()),
            Key::Vni(4097),
            Key::Cursor(id.clone()),
            Key::Pool,
            Key::LocalPool(id.clone()),
            Key::Ports(id.clone()),
            Key::Endpoint(id.clone(), addr),
            Key::Container(id.clone()),
            Key::ContainerName(name.clone()),
            Key::Node(id.clone()),
            Key::NodeName(name.clone()),
            Key::Vtep(addr),
            Key::Live(id.clone()),
            Key::Service(id.clone()),
            Key::ServiceName(name),
            Key::Vip(addr),
            Key::VipPool,
            Key::Backend(id, Id::random()),
        ] {
            assert_eq!(Key::parse(&key.to_string()), Some(key));
        }
    }

    #[test]
    fn keys_of_another_version_are_passed_over() {
        for text in [
            "",
            "wonders/x",
            "networks/short",
            "endpoints/x",
            "vnis/many",
            "pool/x",
            "pools/",
            "ports/x",
            "services/x",
            "backends/x",
            "vips/x",
            "vip-pool/x",
        ] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }
}
