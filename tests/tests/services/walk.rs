//! The walk that introductions to Docker's overlay take: a service "server" with two replicas, a client
//! on every node, and a page that comes from both in turn.

use std::collections::BTreeSet;

use causeway::api::types::{NetworkInspect, ServiceInspect};
use serde_json::Value;

use super::cast::Cluster;

fn cluster() -> Cluster {
    let cluster = Cluster::of(3);
    cluster.overlay("mynet");
    cluster.cw(1, "service create --network mynet server");
    for node in 1..=2 {
        cluster.cw(node, "run -d --network mynet --service server -- busybox httpd -f -p 8080 -h /");
    }
    for node in 1..=3 {
        cluster.client(node, &format!("client{node}"), "--network mynet");
    }
    cluster
}

/// The short ids of the replicas, which are their host names, as `service ps` has them.
fn replicas(cluster: &Cluster) -> BTreeSet<String> {
    cluster.backends(1, "server").iter().map(|b| b.container_id[..12].to_owned()).collect()
}

/// `curl server:8080/etc/hostname` again and again in one client.
fn fetched(cluster: &Cluster, node: usize) -> Vec<String> {
    let curl = "curl -sS --max-time 5 --retry 5 --retry-connrefused server:8080/etc/hostname";
    let script = format!("for i in $(seq 24); do {curl} || exit; done");
    cluster.exec(node, &format!("client{node}"), &script).lines().map(str::to_owned).collect()
}

#[test]
fn a_page_comes_from_both_replicas_whichever_node_asks() {
    let cluster = cluster();
    let replicas = replicas(&cluster);
    assert_eq!(replicas.len(), 2);
    for node in 1..=3 {
        let pages = fetched(&cluster, node);
        assert_eq!((pages.len(), pages.iter().cloned().collect()), (24, replicas.clone()), "client{node}");
    }
    for node in 1..=3 {
        let status: Value = cluster.read(node, "status --format json");
        assert_eq!(status["Drops"], serde_json::json!({}), "node{node}");
    }
}

#[test]
fn the_service_is_shown_with_its_backends_on_every_node() {
    let cluster = cluster();
    let vip = cluster.vip("server").to_string();
    for node in 1..=3 {
        let backends = cluster.backends(node, "server");
        let places: BTreeSet<_> =
            backends.iter().map(|b| (b.node.as_str(), b.state.as_str(), b.weight)).collect();
        assert_eq!(places, [("node1", "active", 1), ("node2", "active", 1)].into(), "asked node{node}");
        let listed = cluster.cw(node, "service ls");
        let row: Vec<&str> = listed.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(row[1..], ["server", "vip", "2/2", &vip, "mynet"], "{listed}");
    }
    let shown: Vec<ServiceInspect> = cluster.read(3, "service inspect server");
    assert_eq!(shown[0].endpoint.virtual_ips[0].addr, format!("{vip}/32"));
    let networks: Vec<NetworkInspect> = cluster.read(3, "network inspect mynet");
    let shown = serde_json::to_value(&networks[0]).unwrap();
    let service = &shown["Services"]["server"];
    assert_eq!(service["VIP"], vip, "{shown}");
    let hosts =
        service["Tasks"].as_array().unwrap().iter().map(|task| task["Info"]["Host IP"].as_str().unwrap());
    assert_eq!(hosts.collect::<BTreeSet<_>>(), ["198.18.0.1", "198.18.0.2"].into(), "{shown}");
}

#[test]
fn the_address_of_the_service_is_on_no_interface() {
    let cluster = cluster();
    let vip = cluster.vip("server");
    for node in 1..=3 {
        let shown = cluster.exec(node, &format!("client{node}"), "ip -o -4 address");
        assert!(!shown.contains(&vip.to_string()), "{shown}");
        let hosts = cluster.exec(node, &format!("client{node}"), "getent ahostsv4 server");
        assert!(hosts.starts_with(&vip.to_string()), "{hosts}");
    }
}
