//! What the names of containers and services lead to: pure.

mod client;
mod facts;
mod label;
#[cfg(test)]
mod tests;
mod zone;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

pub use client::Client;
use facts::Facts;
pub(super) use label::{reverse_address, spelled};
pub(super) use zone::{Host, Port, Zone};

use crate::{desired::State, model::Id};

/// The names that this node's containers ask for, and what each container may ask.
#[derive(Debug, Default)]
pub struct Names {
    clients: HashMap<Id, Arc<Client>>,
    zones: HashMap<Id, Arc<Zone>>,
}

impl Names {
    /// The names as `state` has them, for the containers of `node`, without those on nodes that are in
    /// `silent` and give no sign of life. Zones whose records are those of `before` are taken from there.
    pub fn build(state: &State, node: &Id, silent: &BTreeSet<Id>, before: &Self) -> Self {
        let facts = Facts::collect(state, node, silent);
        let zones: HashMap<_, _> =
            facts.networks.into_iter().map(|n| (n.id.clone(), kept(&n, before))).collect();
        let clients = facts.containers.into_iter().filter_map(|(id, endpoints)| {
            let client = Client::build(state, id, &endpoints, &zones)?;
            client.has_names().then(|| (id.clone(), Arc::new(client)))
        });
        Self { clients: clients.collect(), zones }
    }

    /// What a container may ask; none for one that has no resolver: not of this node, on no
    /// user-defined network, or gone.
    pub fn client(&self, container: &Id) -> Option<&Arc<Client>> {
        self.clients.get(container)
    }
}

fn kept(network: &facts::NetworkFacts<'_>, before: &Names) -> Arc<Zone> {
    let digest = network.digest();
    match before.zones.get(network.id) {
        Some(zone) if zone.digest == digest => zone.clone(),
        _ => Arc::new(Zone::build(network, digest)),
    }
}
