//! A network may have several subnets; the gateway routes between them.

use super::{cast::Cluster, stream};

#[test]
fn containers_in_different_subnets_of_a_network_reach_each_other() {
    let cluster = Cluster::of(2);
    cluster.network("wide", &["10.77.0.0/24", "10.78.0.0/24"]);
    let a = cluster.container_with(1, "a", "--network wide --ip 10.77.0.10");
    let b = cluster.container_with(1, "b", "--network wide --ip 10.78.0.10");
    let c = cluster.container_with(2, "c", "--network wide --ip 10.78.0.20");
    for (from, to) in [(&a, &b), (&b, &a), (&a, &c), (&c, &a), (&b, &c)] {
        assert!(from.pings(to.ip), "{} cannot ping {}", from.name, to.name);
        stream::transfer(from, to, 7000, stream::MEBIBYTE);
    }
}

#[test]
fn the_way_between_subnets_costs_one_hop() {
    let cluster = Cluster::of(2);
    cluster.network("wide", &["10.77.0.0/24", "10.78.0.0/24"]);
    let a = cluster.container_with(1, "a", "--network wide --ip 10.77.0.10");
    let b = cluster.container_with(2, "b", "--network wide --ip 10.78.0.10");
    let c = cluster.container_with(2, "c", "--network wide --ip 10.77.0.20");
    let ttl = |to| a.run(&format!("ping -c1 -W1 {to}")).split("ttl=").nth(1).unwrap()[..2].to_owned();
    assert_eq!((ttl(c.ip), ttl(b.ip)), ("64".to_owned(), "63".to_owned()));
    let before = cluster.drops(1);
    assert_ne!(a.try_run(&format!("ping -c1 -W0.3 -t1 {}", b.ip)).code, 0);
    cluster.assert_drops(1, &before, &[("ttl_expired", 1)]);
}

#[test]
fn an_internal_network_has_ways_between_its_subnets_and_none_out() {
    let cluster = Cluster::of(2);
    let subnets = "--subnet 10.77.0.0/24 --subnet 10.78.0.0/24";
    cluster.node(1).cw(&format!("network create -d overlay --internal {subnets} wide")).unwrap();
    let a = cluster.container_with(1, "a", "--network wide --ip 10.77.0.10");
    let b = cluster.container_with(2, "b", "--network wide --ip 10.78.0.10");
    assert!(a.pings(b.ip) && b.pings(a.ip));
    assert_eq!(a.run("ip route show default"), "");
}
