//! What is sent arrives, byte for byte, with offloads on and off, over every underlay MTU.

use super::{
    cast::{Cluster, Container, offloads},
    stream::{self, MEBIBYTE},
};

/// Two containers on two nodes, over an underlay of this MTU.
fn pair(mtu: u32) -> (Cluster, Container, Container) {
    let cluster = Cluster::with_mtu(2, mtu);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(2, "web", "b");
    (cluster, a, b)
}

/// Containers, uplinks and the switch's ports.
fn all_offloads(cluster: &Cluster, containers: [&Container; 2], on: bool) {
    for (index, container) in containers.into_iter().enumerate() {
        container.offloads(on);
        offloads(&cluster.node(index + 1).netns, "eth0", on);
        offloads(cluster.lab.switch(), &format!("port{}", index + 1), on);
    }
}

fn both_ways(mtu: u32, blocks: u64) {
    let (cluster, a, b) = pair(mtu);
    for on in [true, false] {
        all_offloads(&cluster, [&a, &b], on);
        stream::transfer(&a, &b, 7000 + u16::from(on), blocks);
        stream::transfer(&b, &a, 7000 + u16::from(on), blocks);
    }
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}

/// 1 GiB where there is time, else 64 MiB: the issue of both runs is the same road.
fn long_or(blocks: u64) -> u64 {
    if std::env::var_os("CAUSEWAY_LONG").is_some() { 1024 * MEBIBYTE } else { blocks }
}

#[test]
fn a_gibibyte_arrives_unharmed_with_offloads_on_and_off() {
    let (cluster, a, b) = pair(1500);
    for on in [true, false] {
        all_offloads(&cluster, [&a, &b], on);
        stream::transfer(&a, &b, 7000 + u16::from(on), 1024 * MEBIBYTE);
    }
}

#[test]
fn streams_arrive_unharmed_over_an_underlay_of_1280_bytes() {
    both_ways(1280, long_or(64 * MEBIBYTE));
}

#[test]
fn streams_arrive_unharmed_over_an_underlay_of_1500_bytes() {
    both_ways(1500, long_or(64 * MEBIBYTE));
}

#[test]
fn streams_arrive_unharmed_over_an_underlay_of_9000_bytes() {
    both_ways(9000, long_or(64 * MEBIBYTE));
}

#[test]
fn a_container_s_largest_packet_fits_the_underlay_exactly() {
    for mtu in [1280, 1500, 9000] {
        let (_cluster, a, b) = pair(mtu);
        let inner = mtu - 50;
        assert!(a.run("ip -o link show dev eth0").contains(&format!("mtu {inner} ")));
        // An IPv4 header has 20 bytes, an ICMP echo header 8.
        let largest = inner - 28;
        a.run(&format!("ping -c1 -W1 -M do -s {largest} {}", b.ip));
        assert_ne!(a.try_run(&format!("ping -c1 -W0.3 -M do -s {} {}", largest + 1, b.ip)).code, 0);
    }
}
