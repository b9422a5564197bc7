//! When the cluster agrees again, and on what.

use std::{collections::BTreeMap, time::Instant};

use causeway::api::types::ContainerInspect;
use causeway_lab::wait;

use super::{
    cast::{Cluster, NODES, SOON, json},
    census::{Census, Gone},
};

/// Waits until all nodes are ready and follow the store, changes come into force everywhere, and
/// containers that are new on each node reach each other and those from before. Says how long that took since
/// `healed`, and that no address is there twice and nothing was removed that should stay.
pub(crate) fn assert_converged(cluster: &Cluster, fault: &str, healed: Instant, census: Census, gone: Gone) {
    wait::until("all nodes are ready and follow the store", SOON, || Ok(all_ready(cluster))).unwrap();
    let mut attempts = 0;
    let create = || {
        attempts += 1;
        let name = format!("after{attempts}");
        let line = ["network", "create", "-d", "overlay", "--timeout", "2", &name];
        Ok(cluster.node(attempts % NODES + 1).causeway(line)?.code == 0)
    };
    wait::until("a change comes into force everywhere", SOON, create).unwrap();
    let new: Vec<_> = (1..=NODES).map(|number| cluster.container(number, &format!("new{number}"))).collect();
    for container in &new {
        for other in cluster.containers.iter().chain(&new) {
            let what = format!("{} reaches {}", container.name, other.name);
            wait::until(&what, SOON, || Ok(container.pings(other.ip))).unwrap();
        }
    }
    let took = healed.elapsed();
    let removed = census.assert_kept(gone);
    assert_unique(cluster);
    println!("{fault}: converged in {:.1} s; duplicates 0, {removed}", took.as_secs_f64());
    assert!(took < SOON, "{fault}: converged only after {took:?}");
}

fn all_ready(cluster: &Cluster) -> bool {
    (1..=NODES).all(|number| {
        let states = cluster.node_states(number);
        states.len() == NODES
            && states.iter().all(|state| state == "Ready")
            && cluster.status(number).store_connected
    })
}

/// No two containers have one address.
fn assert_unique(cluster: &Cluster) {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for number in 1..=NODES {
        let names = cluster.node(number).cw("ps -aq").unwrap().replace('\n', " ");
        let listed: Vec<ContainerInspect> = json(cluster.node(number), &format!("inspect {names}"));
        for (address, name) in listed.iter().flat_map(addresses) {
            let other = owners.insert(address.clone(), name.clone());
            assert_eq!(other, None, "{address} is also {name}'s");
        }
    }
    assert!(owners.len() >= cluster.containers.len() + NODES, "only {owners:?}");
}

fn addresses(container: &ContainerInspect) -> Vec<(String, String)> {
    let networks = container.network_settings.networks.values();
    networks.map(|endpoint| (endpoint.ip_address.clone(), container.name.clone())).collect()
}
