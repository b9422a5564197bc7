//! Clusters that share a machine, and with it the root of the cgroups: each minds its own.

use std::net::Ipv4Addr;

use causeway_lab::Netns;

use super::{cast::Cluster, dig::dig, talk};

#[test]
fn clusters_with_equal_names_and_addresses_do_not_meet() {
    let clusters = [Cluster::of(1), Cluster::of(1)];
    let mut vips = Vec::new();
    for (cluster, server) in clusters.iter().zip(["left", "right"]) {
        cluster.cw(1, "network create -d overlay --subnet 10.77.0.0/24 web");
        vips.push(cluster.service("web", "", "shop"));
        cluster.server(1, server, "--network web --service shop");
        cluster.client(1, "client", "--network web");
    }
    assert_eq!(vips[0], vips[1], "pools begin alike, so this is the worst case");
    for (cluster, server) in clusters.iter().zip(["left", "right"]) {
        let client = cluster.inspected(1, "client");
        for netns in [&client.netns, &cluster.node(1).netns] {
            assert!(talk::who(netns, vips[0], 10).iter().all(|name| name == server), "{server}");
            let (answer, from) = talk::exchange_with(&talk::udp(netns), vips[0]).unwrap();
            assert_eq!((answer.server.as_str(), from.ip()), (server, vips[0].into()));
        }
        let other = if server == "left" { "right" } else { "left" };
        assert_eq!(dig(&client, server).answers.len(), 1);
        assert_eq!(dig(&client, other).answers.len(), 0);
    }
}

#[test]
fn a_namespace_of_nobody_is_left_alone() {
    let cluster = Cluster::of(1);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    cluster.server(1, "one", "--network web --service shop");
    let stranger = Netns::create(&format!("{}-stranger", cluster.lab.layout().prefix)).unwrap();
    causeway_lab::ip::ip(&stranger, &format!("address add {vip}/32 dev lo")).unwrap();
    // It has the address for itself, and a server at 127.0.0.11 too.
    let listener = stranger.run(|| std::net::TcpListener::bind((vip, super::cast::PORT))).unwrap().unwrap();
    let stream = talk::connect(&stranger, vip).unwrap();
    assert_eq!(listener.accept().unwrap().1, stream.local_addr().unwrap());
    let names =
        stranger.run(|| std::net::UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 11), 53))).unwrap().unwrap();
    let client = talk::udp(&stranger);
    client.send_to(b"question", (Ipv4Addr::new(127, 0, 0, 11), 53)).unwrap();
    names.set_read_timeout(Some(talk::PATIENCE)).unwrap();
    assert_eq!(names.recv_from(&mut [0; 16]).unwrap().0, 8);
}

#[test]
fn a_daemon_that_starts_again_goes_on_where_it_was() {
    let mut cluster = Cluster::of(2);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    cluster.server(1, "one", "--network web --service shop");
    let client = cluster.client(2, "client", "--network web");
    let kept = talk::connect(&client.netns, vip).unwrap();
    for node in 1..=2 {
        cluster.lab.node_mut(node).kill_daemon();
    }
    // Connections need no daemon; names do, and come back with it.
    assert_eq!(talk::on(&kept).unwrap().server, "one");
    assert_eq!(talk::ask(&client.netns, vip).unwrap().server, "one");
    for node in 1..=2 {
        cluster.lab.node_mut(node).start_daemon().unwrap();
    }
    for node in 1..=2 {
        cluster.node(node).wait_ready(2).unwrap();
    }
    assert_eq!(talk::on(&kept).unwrap().server, "one");
    assert_eq!(dig(&client, "shop").values(), [vip.to_string()]);
    assert_eq!(dig(&client, "one").answers.len(), 1);
    cluster.server(2, "two", "--network web --service shop");
    assert!(talk::who(&client.netns, vip, 40).iter().any(|name| name == "two"));
}
