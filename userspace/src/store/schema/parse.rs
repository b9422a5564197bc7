//! Keys, read.

use super::{Claim, Key, Part};
use crate::model::{Id, Protocol};

impl Key {
    /// The key that `text` spells; `None` for one that this version does not know. A key has one spelling: what
    /// stands under another, such as `cluster/pool/` or `claims/vnis/+5`, is another's.
    pub fn parse(text: &str) -> Option<Self> {
        read(text).filter(|key| key.to_string() == text)
    }
}

fn read(text: &str) -> Option<Key> {
    let (area, rest) = text.split_once('/')?;
    match area {
        "cluster" => cluster(rest),
        "mesh" => behind(Part::Mesh, rest),
        "claims" => claim(rest).map(Key::Claim),
        "node" => {
            let (id, rest) = rest.split_once('/')?;
            node(Id::parse(id)?, rest)
        }
        "network" => {
            let (id, rest) = rest.split_once('/')?;
            network(Id::parse(id)?, rest)
        }
        _ => None,
    }
}

fn cluster(rest: &str) -> Option<Key> {
    let (kind, rest) = rest.split_once('/').unwrap_or((rest, ""));
    Some(match kind {
        "networks" => Key::Network(Id::parse(rest)?),
        "pool" if rest.is_empty() => Key::Pool,
        "nodes" => Key::Node(Id::parse(rest)?),
        "live" => Key::Live(Id::parse(rest)?),
        "services" => Key::Service(Id::parse(rest)?),
        "vip-pool" if rest.is_empty() => Key::VipPool,
        "ingress-ports" if rest.is_empty() => Key::IngressPorts,
        _ => return None,
    })
}

fn node(node: Id, rest: &str) -> Option<Key> {
    match rest {
        "pool" => Some(Key::LocalPool(node)),
        "ports" => Some(Key::Ports(node)),
        _ => Some(Key::Container(node, Id::parse(rest.strip_prefix("containers/")?)?)),
    }
}

fn network(network: Id, rest: &str) -> Option<Key> {
    Some(match rest.split_once('/') {
        None if rest == "cursor" => Key::Cursor(network),
        Some(("endpoints", addr)) => Key::Endpoint(network, addr.parse().ok()?),
        Some(("applied", node)) => Key::Applied(network, Id::parse(node)?),
        _ => return behind(Part::Network(network), rest),
    })
}

/// Who is behind services.
fn behind(part: Part, rest: &str) -> Option<Key> {
    let (kind, rest) = rest.split_once('/')?;
    match kind {
        "services" => Some(Key::Guard(part, Id::parse(rest)?)),
        "backends" => {
            let (service, container) = rest.split_once('/')?;
            Some(Key::Backend(part, Id::parse(service)?, Id::parse(container)?))
        }
        _ => None,
    }
}

fn claim(text: &str) -> Option<Claim> {
    let (kind, rest) = text.split_once('/').unwrap_or((text, ""));
    Some(match kind {
        "network-names" => match rest.split_once('/') {
            Some((node, name)) => Claim::LocalName(Id::parse(node)?, name.to_owned()),
            None => Claim::NetworkName(rest.to_owned()),
        },
        "vnis" => Claim::Vni(rest.parse().ok()?),
        "container-names" => Claim::ContainerName(rest.to_owned()),
        "node-names" => Claim::NodeName(rest.to_owned()),
        "vteps" => Claim::Vtep(rest.parse().ok()?),
        "service-names" => Claim::ServiceName(rest.to_owned()),
        "vips" => Claim::Vip(rest.parse().ok()?),
        "ingress" => ingress(rest)?,
        "published" if rest.is_empty() => Claim::Published,
        _ => return None,
    })
}

fn ingress(rest: &str) -> Option<Claim> {
    let (protocol, port) = rest.split_once('/')?;
    let protocol = [Protocol::Tcp, Protocol::Udp].into_iter().find(|p| p.to_string() == protocol)?;
    Some(Claim::Ingress(protocol, port.parse().ok()?))
}
