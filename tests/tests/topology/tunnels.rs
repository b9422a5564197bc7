//! Containers may have tunnels of their own, inside the network.

use std::net::Ipv4Addr;

use causeway_lab::Netns;

use super::{
    cast::{Cluster, Container},
    stream::{self, MEBIBYTE},
};

/// Lays a VXLAN tunnel of `from`'s own to `to`; what the tunnel's end in `from` is to its peers.
fn lay(from: &Container, to: &Container, end: Ipv4Addr) -> Container {
    let ends = format!("local {} remote {}", from.ip, to.ip);
    from.run(&format!("ip link add tunnel type vxlan id 7 {ends} dstport 4789 dev eth0"));
    from.run(&format!("ip address add {end}/24 dev tunnel"));
    from.run("ip link set tunnel up");
    let (name, mac) = (format!("{}'s tunnel", from.name), from.mac.clone());
    let netns = Netns::open(from.netns.name()).unwrap();
    Container { name, netns, ip: end, mac, gateway: from.gateway, inspected: from.inspected.clone() }
}

fn carried_between(nodes: [usize; 2]) {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container(nodes[0], "web", "a");
    let b = cluster.container(nodes[1], "web", "b");
    let here = lay(&a, &b, Ipv4Addr::new(192, 168, 77, 1));
    let there = lay(&b, &a, Ipv4Addr::new(192, 168, 77, 2));
    assert!(here.pings(there.ip));
    stream::transfer(&here, &there, 7000, 64 * MEBIBYTE);
    stream::transfer(&there, &here, 7000, 64 * MEBIBYTE);
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}

#[test]
fn a_tunnel_between_containers_of_two_nodes_is_carried() {
    carried_between([1, 2]);
}

#[test]
fn a_tunnel_between_containers_of_one_node_is_carried() {
    carried_between([1, 1]);
}
