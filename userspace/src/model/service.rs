//! Services: a name with a VIP, published ports, and backends.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::{Id, Mac, Protocol};

/// A service as the store holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its identifier.
    pub id: Id,
    /// Its name, unique in the cluster.
    pub name: String,
    /// When it was created, seconds since 1970 UTC.
    pub created: u64,
    /// When it was last changed, likewise.
    pub updated: u64,
    /// The network in which it has its VIP and its name; none: it has neither, only published ports.
    pub network: Option<Id>,
    /// Its address; none where names lead straight to the backends (`--endpoint-mode dnsrr`), and without a
    /// network and ingress ports.
    pub vip: Option<Ipv4Addr>,
    /// How a backend is chosen.
    #[serde(default)]
    pub balance: Balance,
    /// Backends of the client's own node come first, as long as one is live.
    #[serde(default)]
    pub local_first: bool,
    /// Seconds that a client stays with its backend (`--affinity client-ip`); none: it does not.
    #[serde(default)]
    pub affinity_seconds: Option<u32>,
    /// Its published ports.
    #[serde(default)]
    pub ports: Vec<ServicePort>,
    /// The way of replies of published ports.
    #[serde(default)]
    pub return_path: ReturnPath,
    /// A TCP port that must take a connection before a backend is live (`--health-tcp`).
    #[serde(default)]
    pub health_tcp: Option<u16>,
    /// Containers that take no new conversations (`service update --drain`).
    #[serde(default)]
    pub draining: BTreeSet<Id>,
    /// Weights that are not 1 (`service update --weight BACKEND=N`), by container.
    #[serde(default)]
    pub weights: BTreeMap<Id, u16>,
    /// `--label KEY=VALUE`.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// How a backend is chosen for a new conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Balance {
    /// By the conversation's hash and a Maglev ring: a change of backends moves few.
    #[default]
    Maglev,
    /// By chance.
    Random,
}

/// The way of replies from a published port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReturnPath {
    /// Through the node that received the conversation.
    #[default]
    Symmetric,
    /// Straight from the backend's node.
    Dsr,
}

/// A published port of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePort {
    /// The nodes' port.
    pub published: u16,
    /// The backends' port.
    pub target: u16,
    /// tcp or udp.
    pub protocol: Protocol,
    /// On which nodes.
    pub mode: PortMode,
    /// Who may reach it; empty: everyone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Ipv4Net>,
    /// At which of the nodes' addresses it is; empty: at all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Ipv4Net>,
}

impl ServicePort {
    /// Whether every node answers on it.
    pub fn is_ingress(&self) -> bool {
        self.mode == PortMode::Ingress
    }
}

impl Service {
    /// The ports that every node answers on.
    pub fn ingress(&self) -> impl Iterator<Item = &ServicePort> {
        self.ports.iter().filter(|port| port.is_ingress())
    }
}

/// On which nodes a service's port is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortMode {
    /// On every node.
    #[default]
    Ingress,
    /// On the nodes that run a backend, each for its own.
    Host,
}

/// A backend as the store holds it, written by its own node only: a container that belongs to a service,
/// from its creation until its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    /// The service.
    pub service: Id,
    /// The container.
    pub container: Id,
    /// Its name.
    pub container_name: String,
    /// The node that it lives on.
    pub node: Id,
    /// Its address in the service's network; where that has none, in the network of its way out.
    pub addr: Ipv4Addr,
    /// VNI of that address's subnet.
    pub vni: u32,
    /// The container interface's MAC.
    pub mac: Mac,
    /// How far it is.
    pub state: BackendState,
}

/// How far a backend is. One that is gone has no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendState {
    /// It takes no conversations yet: its process has not started, or its port is not open.
    Starting,
    /// It takes new conversations.
    Active,
    /// It keeps its conversations and takes no new ones.
    Draining,
}
