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

/// What a short-lived container says of itself: its address, and from when to when it had it.
fn stay(output: &Output) -> (String, u128, u128) {
    let words: Vec<&str> = output.stdout.split_whitespace().collect();
    let address = words.iter().find(|word| word.starts_with("10.77.0.")).unwrap();
    ((*address).to_owned(), words[0].parse().unwrap(), words[words.len() - 1].parse().unwrap())
}

#[test]
fn many_short_lived_containers_at_once_share_a_small_pool() {
    let cluster = Cluster::of(3);
    cluster.network("small", &["10.77.0.0/28"]);
    let script = "date +%s%N; ip -4 -o address show eth0; sleep 0.2; date +%s%N";
    let words = ["run", "--rm", "--network", "small", "--", "sh", "-c", script];
    let outputs: Vec<Output> = thread::scope(|scope| {
        let run = |number: usize| cluster.node(number % 3 + 1).causeway(words).unwrap();
        let all: Vec<_> = (0..50).map(|number| scope.spawn(move || run(number))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (good, refused): (Vec<&Output>, Vec<&Output>) = outputs.iter().partition(|output| output.code == 0);
    for output in &refused {
        let one_line = output.stderr.contains("small") && output.stderr.lines().count() == 1;
        assert!(output.code == 125 && one_line, "{output:?}");
    }
    assert!(good.len() >= 13, "{} of 50", good.len());
    let mut stays: Vec<_> = good.into_iter().map(stay).collect();
    stays.sort();
    for two in stays.windows(2) {
        assert!(two[0].0 != two[1].0 || two[0].2 <= two[1].1, "one address, two containers: {two:?}");
    }
    for node in 1..=3 {
        assert_eq!(cluster.status(node).endpoints, 0);
        assert_eq!(cluster.node(node).cw("ps -aq").unwrap(), "");
    }
    // Every address is free again.
    for number in 0..13 {
        cluster.container(number % 3 + 1, "small", &format!("c{number}"));
    }
}
