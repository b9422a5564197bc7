//! What stands at a network about Docker's engines: labels, which every node sees, and users too.

use crate::{
    desired::State,
    model::{Id, Network, Service},
};

/// Made for Docker: it goes with the last engine that has it.
pub(super) const MANAGED: &str = "causeway.docker/managed";
/// Addresses that an engine was promised and whose network it has not named; the node.
pub(super) const POOL: &str = "causeway.docker/pool";
/// The node whose engine hands out the addresses by itself.
pub(super) const IPAM: &str = "causeway.docker/ipam";
/// A service that was made for containers of Docker's: it goes with the last of them.
pub(super) const SERVICE: &str = "causeway.docker/service";
/// Beginning of names that stand as long as the engine's own is not known.
pub(super) const NAMELESS: &str = "docker-";

/// Under it stands the id that a node's engine knows the network by.
pub(super) fn engine(node: &Id) -> String {
    format!("causeway.docker/engine.{}", node.short())
}

/// It stands as long as it is not known what the node's engine calls the network.
pub(super) fn unnamed(node: &Id) -> String {
    format!("causeway.docker/unnamed.{}", node.short())
}

/// The network that the engine of `node` knows by this id.
pub fn bound<'s>(state: &'s State, docker: &Id, node: &Id) -> Option<&'s Network> {
    let key = engine(node);
    state.networks.values().find(|n| n.labels.get(&key).is_some_and(|id| id == docker.as_str()))
}

/// The engine's ids of all networks that the engine of `node` has, whether what it calls each is known, and our id.
pub fn bound_here(state: &State, node: &Id) -> Vec<(Id, bool, Id)> {
    let (key, unnamed) = (engine(node), unnamed(node));
    let here = |n: &Network| {
        let docker = Id::parse(n.labels.get(&key)?)?;
        Some((docker, !n.labels.contains_key(&unnamed), n.id.clone()))
    };
    state.networks.values().filter_map(here).collect()
}

/// Whether a network was made for Docker and has no name yet but the one that was made up for it. Somebody's own
/// network may begin likewise.
pub fn is_nameless(network: &Network) -> bool {
    let digits = network.name.strip_prefix(NAMELESS);
    let made_up =
        digits.is_some_and(|digits| digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
    made_up && network.labels.contains_key(MANAGED)
}

/// The names of the nodes whose engines have the network; none if no engine has. A node that is not known any
/// more has none.
pub(in crate::desired) fn engines(state: &State, network: &Network) -> Option<String> {
    let has = |id: &&Id| network.labels.contains_key(&engine(id));
    let names: Vec<&str> = state.nodes.keys().filter(has).map(|id| state.node_name(id)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whether a service was made for Docker's containers.
pub fn is_made_by_docker(service: &Service) -> bool {
    service.labels.contains_key(SERVICE)
}
