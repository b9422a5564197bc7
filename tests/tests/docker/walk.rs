//! The walk that introductions to Docker's overlay take, with `docker` and without swarm: a network, two replicas of
//! a server behind one name and one port of every node, a client on every node, and pages that come from both.

use std::collections::BTreeSet;

use super::{cast::Cluster, image::IMAGE};

fn cluster() -> Cluster {
    let cluster = Cluster::of(3);
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
    for node in 1..=3 {
        cluster.client(node, &format!("client.{node}"), "--network mynet");
    }
    cluster
}

/// The host names of the replicas.
fn replicas(cluster: &Cluster) -> BTreeSet<String> {
    (1..=2).map(|node| cluster.exec(node, &format!("server.{node}"), "cat /etc/hostname")).collect()
}

#[test]
fn the_walk() {
    let cluster = cluster();
    let listed = cluster.docker(1, "network ls");
    assert!(listed.lines().any(|line| line.contains("mynet") && line.contains("causeway")), "{listed}");
    let replicas = replicas(&cluster);
    assert_eq!(replicas.len(), 2);

    // docker exec … ip -f inet a: one interface in the network, and no second one for the way out.
    let shown = cluster.exec(1, "server.1", "ip -o -4 addr");
    let interfaces: Vec<_> = shown.lines().filter(|line| !line.contains(" lo ")).collect();
    assert_eq!(interfaces.len(), 1, "{shown}");
    assert!(interfaces[0].contains("eth0"), "{shown}");
    let mtu = cluster.exec(1, "server.1", "cat /sys/class/net/eth0/mtu");
    assert_eq!(mtu, "1450");

    // for i in {1..5}; do curl localhost:8080/etc/hostname; done: on every node, also where no replica is.
    for node in 1..=3 {
        let url = "http://localhost:8080/etc/hostname";
        let fetch = || cluster.curl(cluster.node(node), url);
        let both = || Ok((0..16).map(|_| fetch().unwrap_or_default()).collect::<BTreeSet<_>>() == replicas);
        causeway_lab::wait::until("both answer", super::cast::SOON, both)
            .unwrap_or_else(|error| panic!("node{node}: {error:#}: {:?}", fetch()));
    }
    for node in 1..=3 {
        let url = format!("http://{}:8080/etc/hostname", cluster.node(node).address());
        let page = cluster.curl(cluster.lab.client(), &url).unwrap();
        assert!(replicas.contains(&page), "node{node}: {page}");
    }

    // docker exec client… curl -s server:8080/etc/hostname
    for node in 1..=3 {
        let client = format!("client.{node}");
        let script =
            "for i in $(seq 16); do curl -sS --max-time 3 http://server:8080/etc/hostname || exit 1; done";
        let pages: BTreeSet<String> =
            cluster.exec(node, &client, script).lines().map(str::to_owned).collect();
        assert_eq!(pages, replicas, "{client}");
    }
    let listed = cluster.cw(3, "service ls");
    assert!(listed.lines().any(|line| line.contains("server") && line.contains("2/2")), "{listed}");

    // docker service rm server: the service goes with its last container.
    for node in 1..=2 {
        cluster.docker(node, &format!("rm -f server.{node}"));
    }
    let gone = || Ok(!cluster.cw(3, "service ls").contains("server"));
    causeway_lab::wait::until("the service is gone", super::cast::SOON, gone).unwrap();
    for node in 1..=3 {
        cluster.docker(node, &format!("rm -f client.{node}"));
        cluster.docker(node, "network rm mynet");
    }
    let left = cluster.cw(1, "network ls");
    assert!(!left.contains("mynet"), "{left}");
    for node in 1..=3 {
        assert!(cluster.interfaces(node).is_empty(), "{:?}", cluster.interfaces(node));
    }
}
