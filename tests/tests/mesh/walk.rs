//! The walk that introductions to Docker's routing mesh take: a service with two replicas is published on
//! 8080, and a page comes from both in turn, whichever node is asked.

use std::collections::BTreeSet;

use causeway_lab::{Netns, run, spawn};

use super::cast::Cluster;

fn cluster() -> Cluster {
    let cluster = Cluster::of(3);
    cluster.cw(1, "network create mynet -d overlay");
    cluster.cw(1, "service create --network mynet -p 8080:8080 server");
    for node in 1..=2 {
        cluster.cw(node, "run -d --network mynet --service server -- busybox httpd -f -p 8080 -h /");
    }
    cluster
}

/// The short ids of the replicas, which are their host names, as `service ps` has them.
fn replicas(cluster: &Cluster) -> BTreeSet<String> {
    cluster.backends(1, "server").iter().map(|b| b.container_id[..12].to_owned()).collect()
}

/// The pages that come of so many `curl HOST:8080/etc/hostname` in a namespace, in order.
fn pages(netns: &Netns, host: &str, times: usize) -> Vec<String> {
    let curl = "curl -sS --noproxy '*' --max-time 5 --retry 5 --retry-connrefused";
    let script = format!("for i in $(seq {times}); do {curl} {host}:8080/etc/hostname || exit; done");
    let mut shell = spawn::command(netns, "sh");
    let said = run::output(shell.args(["-c", &script]), run::LIMIT).unwrap();
    said.text()
        .unwrap_or_else(|e| panic!("{} -> {host}: {e:#}", netns.name()))
        .lines()
        .map(str::to_owned)
        .collect()
}

/// All pages came, and from all replicas.
fn assert_both(got: &[String], replicas: &BTreeSet<String>, who: &str) {
    let seen: BTreeSet<String> = got.iter().cloned().collect();
    assert_eq!((got.len(), &seen), (TIMES, replicas), "{who}");
}

/// How often each page is fetched: one of two replicas is missing once in 8 million times.
const TIMES: usize = 24;

#[test]
fn a_page_comes_from_both_replicas_whichever_node_is_asked_and_whoever_asks() {
    let cluster = cluster();
    let replicas = replicas(&cluster);
    assert_eq!(replicas.len(), 2);
    let client = cluster.container(3, "client", "--network mynet");
    for node in 1..=3 {
        let (host, address) = (&cluster.node(node).netns, cluster.node(node).address().to_string());
        for name in ["localhost", &address] {
            assert_both(&pages(host, name, TIMES), &replicas, &format!("node{node}, by {name}"));
        }
        assert_both(&pages(cluster.outside(), &address, TIMES), &replicas, &format!("outside, node{node}"));
        assert_both(&pages(&client.netns, &address, TIMES), &replicas, &format!("container, node{node}"));
    }
    cluster.assert_no_drops();
}

#[test]
fn the_port_is_shown_with_its_service_on_every_node() {
    let cluster = cluster();
    for node in 1..=3 {
        let listed = cluster.cw(node, "service ls");
        assert!(listed.lines().any(|l| l.contains("server") && l.contains("*:8080->8080/tcp")), "{listed}");
    }
}

#[test]
fn the_kernel_has_no_other_balancer_than_ours() {
    let cluster = cluster();
    assert!(!std::path::Path::new("/proc/net/ip_vs").exists(), "a kernel with IPVS shows nothing");
    for node in 1..=3 {
        let rules = cluster.node(node).sh("nft list ruleset").unwrap();
        assert_eq!(rules, "", "node{node}");
    }
    assert_eq!(pages(cluster.outside(), "198.18.0.3", 1).len(), 1);
}
