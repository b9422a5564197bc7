//! What goes wrong: the store is away, containers are killed, networks are in use. Nothing hangs, nothing is left.

use std::time::{Duration, Instant};

use super::cast::Cluster;

/// How long a command may take that cannot succeed.
const REFUSED: Duration = Duration::from_secs(15);

#[test]
fn without_the_store_docker_is_told_and_nothing_is_left() {
    let mut cluster = Cluster::of(1);
    cluster.network("shop", "");
    cluster.client(1, "stays", "--network shop");
    cluster.client(1, "goes", "--network shop");
    cluster.lab.stop_etcd();
    for line in [
        "network create -d causeway --ipam-driver causeway other",
        "run -d --name late --network shop guest sleep 1000",
    ] {
        let began = Instant::now();
        let refused = cluster.refused(1, line);
        assert!(began.elapsed() < REFUSED, "{line}: {:?}", began.elapsed());
        assert!(refused.contains("store"), "{line}: {refused}");
    }
    let began = Instant::now();
    cluster.docker(1, "rm -f goes");
    assert!(began.elapsed() < REFUSED, "{:?}", began.elapsed());
    cluster.exec(1, "stays", "ping -c 1 -W 3 127.0.0.1");
    cluster.lab.start_etcd().unwrap();
    cluster.docker(1, "rm -f stays");
    cluster.docker(1, "rm -f late");
    cluster.wait_empty(1, "shop");
    cluster.docker(1, "network rm shop");
    assert!(!cluster.cw(1, "network ls").contains("shop"));
}

#[test]
fn what_is_killed_leaves_nothing() {
    let cluster = Cluster::of(2);
    cluster.network("shop", "");
    for number in 1..=3 {
        cluster.client(1, &format!("victim{number}"), "--network shop");
    }
    let refused = cluster.refused(1, "network rm shop");
    assert!(refused.contains("active endpoints"), "{refused}");
    let refused = format!("{:#}", cluster.node(2).cw("network rm shop").unwrap_err());
    assert!(refused.contains("docker network rm"), "{refused}");
    let refused = format!("{:#}", cluster.node(1).cw("detach victim1").unwrap_err());
    assert!(refused.contains("docker stop"), "{refused}");
    cluster.docker(1, "kill victim1 victim2 victim3");
    cluster.docker(1, "rm victim1 victim2 victim3");
    cluster.wait_empty(1, "shop");
    // One engine's removal is not the other's.
    cluster.docker(1, "network rm shop");
    cluster.client(2, "later", "--network shop");
    cluster.docker(2, "rm -f later");
    cluster.docker(2, "network rm shop");
    assert!(!cluster.cw(1, "network ls").contains("shop"));
}
