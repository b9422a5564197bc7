//! The store's content, typed: all of it, or the parts that a node follows.

mod endpoints;
mod enter;
mod services;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    ops::{Bound, RangeInclusive},
};

use self::{endpoints::Endpoints, services::Services};
use super::Refusal;
use crate::{
    ipam::{Cursor, Pool, Taken, VipPool},
    model::{Backend, Container, Endpoint, Id, Network, Node, Place, SignOfLife},
    store::{
        Revision,
        schema::{Key, Part},
    },
};

/// The store's content, typed: all of it, or the parts that a node follows. Each part is as it was at
/// one revision; of two parts one may be ahead of the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The newest revision that is known of.
    pub revision: Revision,
    /// Counts changes of anything but nodes' reports, since this copy was begun.
    pub changed: u64,
    /// Networks by id.
    pub networks: BTreeMap<Id, Network>,
    /// Endpoints by network and address.
    pub endpoints: Endpoints,
    /// Nodes by id.
    pub nodes: BTreeMap<Id, Node>,
    /// Living nodes, with what each one's dataplane has applied.
    pub live: BTreeMap<Id, SignOfLife>,
    /// Network and node -> what the node's dataplane has applied of the network.
    pub applied: BTreeMap<(Id, Id), Revision>,
    /// Containers by id.
    pub containers: BTreeMap<Id, Container>,
    /// Where each network's last addresses were handed out.
    pub cursors: BTreeMap<Id, Cursor>,
    /// Where the last VNI was chosen.
    pub pool: Pool,
    /// Where the last VNI of each node's own networks was chosen.
    pub local_pools: BTreeMap<Id, Pool>,
    /// Services by id.
    pub services: Services,
    /// Backends by service and container.
    pub backends: BTreeMap<(Id, Id), Backend>,
    /// Where virtual addresses come from; none before the first one.
    pub vip_pool: Option<VipPool>,
    /// Containers by name, as far as they were looked up: those on other nodes nobody follows.
    pub places: BTreeMap<String, Place>,
    /// Keys whose value could not be read; what was known of them before is kept.
    pub unreadable: BTreeSet<String>,
    /// When keys that nobody follows were last written, as far as they were looked up.
    looked_up: BTreeMap<Key, Revision>,
    /// How far each part is that is known.
    parts: BTreeMap<Part, Content>,
}

/// How far a part is.
#[derive(Clone, Debug, Default, PartialEq)]
struct Content {
    /// It is as of this revision.
    revision: Revision,
    /// The last revision at which anything but reports changed in it.
    changed: Revision,
    /// When each of its keys was last written.
    written: BTreeMap<Key, Revision>,
}

impl State {
    /// The networks that are there as seen from a node: the cluster's and its own.
    pub fn networks_seen_from<'s>(
        &'s self,
        node: &Id,
    ) -> impl Iterator<Item = &'s Network> + Clone + use<'s> {
        let node = node.clone();
        self.networks.values().filter(move |n| n.is_seen_from(&node))
    }

    /// The network that a node sees by this name, id, or unique beginning of an id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
    pub fn network(&self, name: &str, node: &Id) -> Result<&Network, Refusal> {
        if PREDEFINED.contains(&name) {
            return Err(Refusal::Predefined(name.to_owned()));
        }
        let seen = self.networks_seen_from(node).map(|n| (&n.id, &n.name, n));
        find(seen, name, "network", "network ls")
    }

    /// A node's default network, once it has been made.
    pub fn default_network(&self, node: &Id) -> Option<&Network> {
        self.networks_seen_from(node).find(|n| n.is_default())
    }

    /// The container (or attached namespace) with this name, id, or unique beginning of an id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
    pub fn container(&self, name: &str) -> Result<&Container, Refusal> {
        find(self.containers.values().map(|c| (&c.id, &c.name, c)), name, "container", "ps -a")
    }

    /// The node with this name, id, or unique beginning of an id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
    pub fn node(&self, name: &str) -> Result<&Node, Refusal> {
        find(self.nodes.values().map(|n| (&n.id, &n.name, n)), name, "node", "node ls")
    }

    /// A node's name; the short id of one that is not known.
    pub fn node_name<'s>(&'s self, id: &'s Id) -> &'s str {
        self.nodes.get(id).map_or(id.short(), |n| &n.name)
    }

    /// The networks that a node has endpoints in, each once.
    pub fn networks_with_endpoints_of<'s>(&'s self, node: &Id) -> impl Iterator<Item = &'s Id> + use<'s> {
        let node = node.clone();
        let after = |network: &Id| (network.clone(), Ipv4Addr::BROADCAST);
        let first = self.endpoints.keys().next().map(|(network, _)| network);
        let all = std::iter::successors(first, move |network| {
            let behind = (Bound::Excluded(after(network)), Bound::Unbounded);
            self.endpoints.range(behind).next().map(|((network, _), _)| network)
        });
        all.filter(move |network| self.endpoints_of_network(network).any(|e| e.node == node))
    }

    /// The endpoints of a network, in the order of their addresses.
    pub fn endpoints_of_network<'s>(&'s self, network: &Id) -> impl Iterator<Item = &'s Endpoint> + use<'s> {
        let range = (network.clone(), Ipv4Addr::UNSPECIFIED)..=(network.clone(), Ipv4Addr::BROADCAST);
        self.endpoints.range(range).map(|(_, endpoint)| endpoint)
    }

    /// The endpoints of a container, in the order eth0, eth1, …
    pub fn endpoints_of_container(&self, container: &Id) -> Vec<&Endpoint> {
        in_order(self.endpoints.of_container(container).collect())
    }

    /// The networks that a node's containers are in.
    pub fn networks_of_node(&self, node: &Id) -> BTreeSet<Id> {
        let here = self.containers.values().filter(|c| c.node == *node);
        here.flat_map(|c| c.networks.iter().cloned()).collect()
    }

    /// The endpoint by which a container reaches the outside, and is reached by its published ports:
    /// the first whose network is not internal; of one of Docker's, the one that the engine has chosen.
    pub fn way_out(&self, container: &Id) -> Option<(&Endpoint, &Network)> {
        let docker = self.containers.get(container).and_then(|c| c.docker.as_ref());
        let chosen = docker.and_then(|docker| docker.gateway.as_ref());
        let endpoints = self.endpoints_of_container(container).into_iter();
        let mut known = endpoints.filter_map(|e| Some((e, self.networks.get(&e.network)?)));
        known.find(|(e, network)| !network.internal && chosen.is_none_or(|id| *id == e.id))
    }
}

/// A container's endpoints in the order eth0, eth1, …
pub(super) fn in_order(mut endpoints: Vec<&Endpoint>) -> Vec<&Endpoint> {
    endpoints.sort_by(|a, b| (a.ifname.len(), &a.ifname).cmp(&(b.ifname.len(), &b.ifname)));
    endpoints
}

/// Names of networks that are always there and never in the store.
const PREDEFINED: [&str; 2] = ["host", "none"];

/// Finds one of `things`, each given with its id and its name.
pub(super) fn find<'s, T>(
    things: impl Iterator<Item = (&'s Id, &'s String, &'s T)> + Clone,
    name: &str,
    what: &'static str,
    list: &'static str,
) -> Result<&'s T, Refusal> {
    let by_id = things.clone().find(|(id, ..)| id.as_str() == name);
    if let Some((.., thing)) = by_id.or_else(|| things.clone().find(|(_, own, _)| *own == name)) {
        return Ok(thing);
    }
    let mut begun = things.filter(|(id, ..)| !name.is_empty() && id.as_str().starts_with(name));
    match (begun.next(), begun.next()) {
        (Some((.., thing)), None) => Ok(thing),
        (Some(_), Some(_)) => Err(Refusal::Ambiguous { what, prefix: name.to_owned() }),
        (None, _) => Err(Refusal::NotFound { what, name: name.to_owned(), list }),
    }
}

/// The addresses that a network's endpoints have.
pub(super) struct NetworkAddresses<'s> {
    pub(super) state: &'s State,
    pub(super) network: &'s Id,
}

impl Taken for NetworkAddresses<'_> {
    fn within(&self, range: RangeInclusive<Ipv4Addr>) -> impl Iterator<Item = Ipv4Addr> {
        let (first, last) = range.into_inner();
        let range = (self.network.clone(), first)..=(self.network.clone(), last);
        self.state.endpoints.range(range).map(|((_, addr), _)| *addr)
    }
}
