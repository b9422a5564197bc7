//! UDP conversations whose backend goes and comes back: the first packet after the change is right.

use std::{net::UdpSocket, thread, time::Duration};

use super::{
    cast::{Cluster, PORT},
    talk,
};

/// Conversations through each node.
const MANY: usize = 8;

/// Sockets that talk through every node.
fn sockets(cluster: &Cluster) -> Vec<UdpSocket> {
    let nodes = (1..=cluster.size()).flat_map(|node| [node; MANY]);
    nodes.map(|node| talk::udp_to(cluster.outside(), cluster.at(node, PORT))).collect()
}

/// Each asks once; one question, one answer, no packet lost first. Who answered.
fn asked(sockets: &[UdpSocket], when: &str) -> Vec<String> {
    let ask = |socket| talk::exchange(socket).unwrap_or_else(|e| panic!("{when}: {e}")).server;
    sockets.iter().map(ask).collect()
}

#[test]
fn the_first_datagram_after_a_change_is_answered_by_who_is_left() {
    for path in ["symmetric", "dsr"] {
        let cluster = Cluster::of(3);
        cluster.publish(PORT, &format!("--return-path {path}"), "shop");
        let mut one = cluster.server(1, "one", "--service shop");
        let two = cluster.server(2, "two", "--service shop");
        let sockets = sockets(&cluster);
        let before = asked(&sockets, "at first");
        assert!(before.iter().any(|s| s == "one") && before.iter().any(|s| s == "two"), "{before:?}");
        cluster.kill(&one.0);
        thread::sleep(Duration::from_millis(200));
        assert!(asked(&sockets, "one died").iter().all(|server| server == "two"));
        drop(one);
        cluster.cw(1, "rm one");
        one = cluster.server(1, "one", "--service shop");
        cluster.kill(&two.0);
        thread::sleep(Duration::from_millis(200));
        assert!(asked(&sockets, "two died").iter().all(|server| server == "one"));
        drop(one);
    }
}
