//! The walk that introductions to Docker's overlay take, with `docker` and without swarm: a network, two replicas of
//! a server behind one name and one port of every node, a client on every node, and pages that come from both.

use std::collections::BTreeSet;

use causeway_lab::wait;

use super::{
    cast::{Cluster, SOON},
    image::IMAGE,
};

/// What a client does again and again.
const FETCHES: &str =
    "for i in $(seq 16); do curl -sS --max-time 3 http://server:8080/etc/hostname || exit 1; done";

#[test]
fn the_walk_on_two_nodes() {
    walk(&Cluster::of(2), 2);
}

/// By whichever client the machine has, which may be newer than the engine; and one node has no replica.
#[test]
fn the_walk_on_three_nodes() {
    walk(&Cluster::talked_to_by("docker", 3), 3);
}

fn walk(cluster: &Cluster, nodes: usize) {
    begin(cluster, nodes);
    let replicas = replicas(cluster);
    assert_eq!(replicas.len(), 2);
    looked_at(cluster);
    by_the_mesh(cluster, nodes, &replicas);
    by_name(cluster, nodes, &replicas);
    end(cluster, nodes);
}

fn begin(cluster: &Cluster, nodes: usize) {
    // docker network create mynet -d overlay
    cluster.network("mynet", "");
    // docker service create --replicas 2 --name server --network mynet -p 8080:8080 busybox httpd -f -p 8080
    for node in 1..=2 {
        let labels = "--label causeway.service=server --label causeway.publish=8080:8080";
        cluster.docker(
            node,
            &format!("run -d --name server.{node} --network mynet {labels} {IMAGE} httpd -f -p 8080 -h /"),
        );
    }
    // docker service create --mode global --name client --network mynet … top
    for node in 1..=nodes {
        cluster.client(node, &format!("client.{node}"), "--network mynet");
    }
}

/// The host names of the replicas.
fn replicas(cluster: &Cluster) -> BTreeSet<String> {
    (1..=2).map(|node| cluster.exec(node, &format!("server.{node}"), "cat /etc/hostname")).collect()
}

fn looked_at(cluster: &Cluster) {
    let listed = cluster.docker(1, "network ls");
    assert!(listed.lines().any(|line| line.contains("mynet") && line.contains("causeway")), "{listed}");
    // docker exec … ip -f inet a: one interface in the network, and no second one for the way out.
    let shown = cluster.exec(1, "server.1", "ip -o -4 addr");
    let interfaces: Vec<_> = shown.lines().filter(|line| !line.contains(" lo ")).collect();
    assert_eq!(interfaces.len(), 1, "{shown}");
    assert!(interfaces[0].contains("eth0"), "{shown}");
    // docker inspect …: the same address.
    let format = "{{range.NetworkSettings.Networks}}{{.IPAddress}}/{{.IPPrefixLen}}{{end}}";
    let address = cluster.docker(1, &format!("inspect --format {format} server.1"));
    assert!(interfaces[0].contains(&address), "{address}: {shown}");
    let mtu = cluster.exec(1, "server.1", "cat /sys/class/net/eth0/mtu");
    assert_eq!(mtu, "1450");
}

/// for i in {1..5}; do curl localhost:8080/etc/hostname; done: on every node, also where no replica is, and from
/// outside at every node.
fn by_the_mesh(cluster: &Cluster, nodes: usize, replicas: &BTreeSet<String>) {
    for node in 1..=nodes {
        let url = "http://localhost:8080/etc/hostname";
        let fetch = || cluster.curl(cluster.node(node), url);
        let both = || Ok((0..16).map(|_| fetch().unwrap_or_default()).collect::<BTreeSet<_>>() == *replicas);
        wait::until("both answer", SOON, both)
            .unwrap_or_else(|error| panic!("node{node}: {error:#}: {:?}", fetch()));
    }
    for node in 1..=nodes {
        let url = format!("http://{}:8080/etc/hostname", cluster.node(node).address());
        let pages: BTreeSet<String> =
            (0..16).map(|_| cluster.curl(cluster.lab.client(), &url).unwrap()).collect();
        assert_eq!(pages, *replicas, "node{node}");
    }
}

/// docker exec client… curl -s server:8080/etc/hostname
fn by_name(cluster: &Cluster, nodes: usize, replicas: &BTreeSet<String>) {
    for node in 1..=nodes {
        let client = format!("client.{node}");
        let pages: BTreeSet<String> =
            cluster.exec(node, &client, FETCHES).lines().map(str::to_owned).collect();
        assert_eq!(pages, *replicas, "{client}");
    }
    let listed = cluster.cw(nodes, "service ls");
    assert!(listed.lines().any(|line| line.contains("server") && line.contains("2/2")), "{listed}");
}

/// docker service rm server: the service goes with its last container, and the network with its last engine.
fn end(cluster: &Cluster, nodes: usize) {
    for node in 1..=2 {
        cluster.docker(node, &format!("rm -f server.{node}"));
    }
    let gone = || Ok(!cluster.cw(nodes, "service ls").contains("server"));
    wait::until("the service is gone", SOON, gone).unwrap();
    for node in 1..=nodes {
        cluster.docker(node, &format!("rm -f client.{node}"));
        cluster.docker(node, "network rm mynet");
    }
    let left = cluster.cw(1, "network ls");
    assert!(!left.contains("mynet"), "{left}");
    for node in 1..=nodes {
        assert!(cluster.interfaces(node).is_empty(), "{:?}", cluster.interfaces(node));
    }
}
