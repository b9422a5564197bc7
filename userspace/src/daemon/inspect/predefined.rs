//! `host` and `none`: nothing in the store, yet `network ls` shows them, as Docker does.

use std::collections::BTreeMap;

use super::node_name;
use crate::{
    api::types::{IpamInspect, NetworkContainer, NetworkInspect},
    daemon::times::rfc3339,
    desired::State,
    model::{Container, Id, NetworkMode},
};

/// Both, with the containers of `node` that were run in that mode. They are as old as the node's default
/// network.
pub(crate) fn predefined(state: &State, node: &Id) -> [NetworkInspect; 2] {
    let own = node.as_str();
    let (front, back) = own.split_at(own.len() / 2);
    let created = state.default_network(node).map_or(0, |network| network.created);
    [
        ("host", "host", own.chars().rev().collect(), NetworkMode::Host),
        ("none", "null", format!("{back}{front}"), NetworkMode::None),
    ]
    .map(|(name, driver, id, mode)| NetworkInspect {
        name: name.into(),
        id,
        created: rfc3339(created),
        scope: "local".into(),
        driver: driver.into(),
        enable_ipv6: false,
        ipam: IpamInspect { driver: "default".into(), options: BTreeMap::new(), config: Vec::new() },
        internal: false,
        attachable: false,
        ingress: false,
        containers: members(state, node, &mode),
        services: BTreeMap::new(),
        options: BTreeMap::new(),
        labels: BTreeMap::new(),
    })
}

/// Whether `name` is its name, its id or the beginning of its id.
pub(crate) fn is_called(network: &NetworkInspect, name: &str) -> bool {
    network.name == name || !name.is_empty() && network.id.starts_with(name)
}

fn members(state: &State, node: &Id, mode: &NetworkMode) -> BTreeMap<String, NetworkContainer> {
    let here = |c: &&Container| c.node == *node && c.network_mode == *mode && !c.has_exited();
    let member = |c: &Container| NetworkContainer {
        name: c.name.clone(),
        endpoint_id: String::new(),
        mac_address: String::new(),
        ipv4_address: String::new(),
        ipv6_address: String::new(),
        node: node_name(state, node),
    };
    state.containers.values().filter(here).map(|c| (c.id.to_string(), member(c))).collect()
}
