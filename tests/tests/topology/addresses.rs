//! Addresses are handed out once, and come back.

use std::{collections::BTreeSet, thread};

use causeway::api::types::ContainerInspect;
use causeway_lab::{Output, wait};

use super::cast::{Cluster, Container, SOON, inspect};

#[test]
fn nodes_never_hand_out_the_same_address() {
    let cluster = Cluster::of(3);
    // 16 addresses less network, broadcast and gateway: 13 for 15 who ask.
    cluster.network("small", &["10.77.0.0/28"]);
    let run = |node: usize, number: usize| {
        let line = format!("run -d --name c{node}.{number} --network small -- sleep 900");
        cluster.node(node).causeway(line.split(' ')).unwrap()
    };
    let outputs: Vec<Output> = thread::scope(|scope| {
        let nodes: Vec<_> = (1..=3)
            .map(|node| scope.spawn(move || (0..5).map(|number| run(node, number)).collect::<Vec<_>>()))
            .collect();
        nodes.into_iter().flat_map(|node| node.join().unwrap()).collect()
    });
    let (good, refused): (Vec<&Output>, Vec<&Output>) = outputs.iter().partition(|output| output.code == 0);
    assert_eq!((good.len(), refused.len()), (13, 2), "{refused:?}");
    for output in refused {
        assert!(output.stderr.contains("small") && output.stderr.lines().count() == 1, "{}", output.stderr);
    }
    let mut addresses = BTreeSet::new();
    for node in 1..=3 {
        for id in cluster.node(node).cw("ps -q --no-trunc").unwrap().lines() {
            addresses.insert(Container::inspected(cluster.node(node), id).ip);
        }
    }
    assert_eq!(addresses.len(), 13, "{addresses:?}");
}

#[test]
fn a_removed_container_s_address_is_free_on_every_node() {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let first = cluster.container_with(1, "first", "--network web --ip 10.77.0.50");
    let peer = cluster.container(1, "web", "peer");
    assert!(peer.pings(first.ip));
    cluster.node(1).cw("rm -f first").unwrap();
    assert!(!peer.pings_once(first.ip));
    let second = cluster.container_with(2, "second", "--network web --ip 10.77.0.50");
    assert!(peer.pings(second.ip), "node 1 still looks for the address where it was");
}

#[test]
fn a_container_that_exits_gives_its_address_back() {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    cluster.node(1).cw("run -d --name short --network web --ip 10.77.0.50 -- sleep 0.3").unwrap();
    let endpoints = || cluster.status(2).endpoints;
    let exited = || {
        let shown: Vec<ContainerInspect> = inspect(cluster.node(1), "inspect short");
        Ok(shown[0].state.status == "exited")
    };
    wait::until("the container exits", SOON, exited).unwrap();
    wait::until("node 2 forgets it", SOON, || Ok(endpoints() == 0)).unwrap();
    let heir = cluster.container_with(2, "heir", "--network web --ip 10.77.0.50");
    assert!(cluster.container(1, "web", "peer").pings(heir.ip));
}
