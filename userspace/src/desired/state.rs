//! The store's content, typed.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    ops::RangeInclusive,
};

use serde::de::DeserializeOwned;

use super::Refusal;
use crate::{
    ipam::{Cursor, Pool, Taken},
    model::{Container, Endpoint, Id, Network, Node},
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
            // These only make names, VNIs and VTEPs unique; the records hold the same.
            Key::NetworkName(_) | Key::Vni(_) | Key::ContainerName(_) | Key::NodeName(_) | Key::Vtep(_) => {
                Ok(())
            }
        }
    }

    /// The network with this name, id, or unique beginning of an id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
    pub fn network(&self, name: &str) -> Result<&Network, Refusal> {
        find(&self.networks, |n| &n.name, name, "network", "network ls")
    }

    /// The container (or attached namespace) with this name, id, or unique beginning of an id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
    pub fn container(&self, name: &str) -> Result<&Container, Refusal> {
        find(&self.containers, |c| &c.name, name, "container", "ps -a")
    }

    /// The node with this name, id, or unique beginning of an id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
    pub fn node(&self, name: &str) -> Result<&Node, Refusal> {
        find(&self.nodes, |n| &n.name, name, "node", "node ls")
    }

    /// The endpoints of a network, in the order of their addresses.
    pub fn endpoints_of_network<'s>(&'s self, network: &Id) -> impl Iterator<Item = &'s Endpoint> + use<'s> {
        let range = (network.clone(), Ipv4Addr::UNSPECIFIED)..=(network.clone(), Ipv4Addr::BROADCAST);
        self.endpoints.range(range).map(|(_, endpoint)| endpoint)
    }

    /// The endpoints of a container, in the order eth0, eth1, …
    pub fn endpoints_of_container(&self, container: &Id) -> Vec<&Endpoint> {
        let mut endpoints: Vec<_> = self.endpoints.values().filter(|e| e.container == *container).collect();
        endpoints.sort_by(|a, b| (a.ifname.len(), &a.ifname).cmp(&(b.ifname.len(), &b.ifname)));
        endpoints
    }
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

fn find<'s, T>(
    things: &'s BTreeMap<Id, T>,
    name_of: impl Fn(&T) -> &String,
    name: &str,
    what: &'static str,
    list: &'static str,
) -> Result<&'s T, Refusal> {
    let by_id = Id::parse(name).and_then(|id| things.get(&id));
    if let Some(thing) = by_id.or_else(|| things.values().find(|t| name_of(t) == name)) {
        return Ok(thing);
    }
    let mut begun = things.iter().filter(|(id, _)| !name.is_empty() && id.as_str().starts_with(name));
    match (begun.next(), begun.next()) {
        (Some((_, thing)), None) => Ok(thing),
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
