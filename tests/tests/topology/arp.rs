//! ARP is answered on the node; nothing of it leaves.

use causeway_lab::capture::{Capture, tshark};

use super::cast::{Cluster, moved};

#[test]
fn no_broadcast_of_a_container_leaves_its_node() {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container_with(1, "a", "--network web --ip 10.77.0.10");
    let b = cluster.container_with(2, "b", "--network web --ip 10.77.0.20");
    let before = cluster.drops(1);
    let file = cluster.lab.layout().root.join("uplink.pcap");
    let capture =
        Capture::start(&cluster.node(1).netns, "eth0", "udp port 4789 or net 10.77.0.0/24", &file).unwrap();
    for last in 100..110 {
        a.try_run(&format!("busybox arping -f -c 1 -w 1 -I eth0 10.77.0.{last}"));
    }
    let file = capture.finish().unwrap();
    assert_eq!(tshark(&file, &[]).unwrap(), "", "something left the node");
    let moved = moved(&before, &cluster.drops(1));
    assert!(moved.get("arp_unknown").is_some_and(|count| *count >= 10), "{moved:?}");
    assert!(a.pings(b.ip));
}

#[test]
fn the_gateway_and_every_container_are_answered_for() {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(2, "web", "b");
    for asked in [a.gateway, b.ip] {
        let said = a.run(&format!("busybox arping -f -c 1 -w 2 -I eth0 {asked}"));
        assert!(said.contains("Received 1 r"), "{said}");
    }
}
