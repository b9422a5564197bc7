//! The store's content, typed.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    ops::RangeInclusive,
};

use serde::de::DeserializeOwned;

use super::Refusal;
use crate::{
    ipam::{Cursor, Pool, Taken, VipPool},
    model::{Backend, Container, Endpoint, Id, Network, Node, Service},
    store::{Change, Revision, Snapshot, schema::Key},
};

/// The store's content at one revision, typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// That revision.
    pub revision: Revision,
    /// The last revision at which anything but signs of life changed: what a node reports as applied
    /// (a report is itself a change, and must not ask for the next one).
    pub changed: Revision,
    /// Networks by id.
    pub networks: BTreeMap<Id, Network>,
    /// Endpoints by network and address.
    pub endpoints: BTreeMap<(Id, Ipv4Addr), Endpoint>,
    /// Nodes by id.
    pub nodes: BTreeMap<Id, Node>,
    /// Living nodes, with the revision that each one's dataplane has applied.
    pub live: BTreeMap<Id, Revision>,
    /// Containers by id.
    pub containers: BTreeMap<Id, Container>,
    /// Where each network's last addresses were handed out.
    pub cursors: BTreeMap<Id, Cursor>,
    /// Where the last VNI was chosen.
    pub pool: Pool,
    /// Where the last VNI of each node's own networks was chosen.
    pub local_pools: BTreeMap<Id, Pool>,
    /// Services by id.
    pub services: BTreeMap<Id, Service>,
    /// Backends by service and container.
    pub backends: BTreeMap<(Id, Id), Backend>,
    /// Where virtual addresses come from; none before the first one.
    pub vip_pool: Option<VipPool>,
    /// Keys whose value could not be read; what was known of them before is kept.
    pub unreadable: BTreeSet<String>,
    /// When each key was last written; endpoints are left out, since they only change together with
    /// their container.
    written: BTreeMap<String, Revision>,
}

impl State {
    /// The state that a snapshot holds.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        let mut state = Self { revision: snapshot.revision, changed: snapshot.revision, ..Self::default() };
        for entry in &snapshot.entries {
            state.enter(&entry.key, Some(&entry.value), entry.revision);
        }
        state
    }

    /// Carries a change out. One that the state already holds is passed over.
    pub fn apply(&mut self, change: &Change) {
        if change.revision <= self.revision {
            return;
        }
        for (key, value) in &change.keys {
            self.enter(key, value.as_deref(), change.revision);
        }
        self.revision = change.revision;
        if !change.keys.iter().all(|(key, _)| key.starts_with("live/")) {
            self.changed = change.revision;
        }
    }

    /// When a key was last written; `None` where it is not there, and for endpoints.
    pub(super) fn written(&self, key: &Key) -> Option<Revision> {
        self.written.get(&key.to_string()).copied()
    }

    fn enter(&mut self, text: &str, value: Option<&[u8]>, revision: Revision) {
        let Some(key) = Key::parse(text) else { return };
        if !matches!(key, Key::Endpoint(..)) {
            match value {
                Some(_) => self.written.insert(text.to_owned(), revision),
                None => self.written.remove(text),
            };
        }
        match self.record(key, value) {
            Ok(()) => self.unreadable.remove(text),
            Err(_) => self.unreadable.insert(text.to_owned()),
        };
    }

    fn record(&mut self, key: Key, value: Option<&[u8]>) -> serde_json::Result<()> {
        match key {
            Key::Network(id) => set(&mut self.networks, id, value),
            Key::Cursor(network) => set(&mut self.cursors, network, value),
            Key::Endpoint(network, addr) => set(&mut self.endpoints, (network, addr), value),
            Key::Container(id) => set(&mut self.containers, id, value),
            Key::Node(id) => set(&mut self.nodes, id, value),
            Key::Live(node) => set(&mut self.live, node, value),
            Key::Pool => {
                value.map(serde_json::from_slice).transpose().map(|p| self.pool = p.unwrap_or_default())
            }
            Key::LocalPool(node) => set(&mut self.local_pools, node, value),
            Key::Service(id) => set(&mut self.services, id, value),
            Key::Backend(service, container) => set(&mut self.backends, (service, container), value),
            Key::VipPool => value.map(serde_json::from_slice).transpose().map(|p| self.vip_pool = p),
            // These only order commits, or make names, VNIs, VTEPs and VIPs unique; the records hold the same.
            Key::NetworkName(_)
            | Key::LocalName(..)
            | Key::Vni(_)
            | Key::Ports(_)
            | Key::ContainerName(_)
            | Key::NodeName(_)
            | Key::Vtep(_)
            | Key::ServiceName(_)
            | Key::Vip(_) => Ok(()),
        }
    }

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

    /// The endpoints of a network, in the order of their addresses.
    pub fn endpoints_of_network<'s>(&'s self, network: &Id) -> impl Iterator<Item = &'s Endpoint> + use<'s> {
        let range = (network.clone(), Ipv4Addr::UNSPECIFIED)..=(network.clone(), Ipv4Addr::BROADCAST);
        self.endpoints.range(range).map(|(_, endpoint)| endpoint)
    }

    /// The endpoints of a container, in the order eth0, eth1, …
    pub fn endpoints_of_container(&self, container: &Id) -> Vec<&Endpoint> {
        in_order(self.endpoints.values().filter(|e| e.container == *container).collect())
    }

    /// The endpoint by which a container reaches the outside, and is reached by its published ports:
    /// the first whose network is not internal.
    pub fn way_out(&self, container: &Id) -> Option<(&Endpoint, &Network)> {
        let endpoints = self.endpoints_of_container(container).into_iter();
        let mut known = endpoints.filter_map(|e| Some((e, self.networks.get(&e.network)?)));
        known.find(|(_, network)| !network.internal)
    }
}

/// A container's endpoints in the order eth0, eth1, …
pub(super) fn in_order(mut endpoints: Vec<&Endpoint>) -> Vec<&Endpoint> {
    endpoints.sort_by(|a, b| (a.ifname.len(), &a.ifname).cmp(&(b.ifname.len(), &b.ifname)));
    endpoints
}

fn set<K: Ord, V: DeserializeOwned>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: Option<&[u8]>,
) -> serde_json::Result<()> {
    match value {
        Some(value) => map.insert(key, serde_json::from_slice(value)?),
        None => map.remove(&key),
    };
    Ok(())
}

/// Finds one of `things`, each given with its id and its name.
/// Names of networks that are always there and never in the store.
const PREDEFINED: [&str; 2] = ["host", "none"];

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
