//! Datagrams that come straight from the driver into containers (XDP), on nodes whose uplinks it meets at all times.

use std::net::{Ipv4Addr, UdpSocket};

use causeway_lab::{Lab, Netns, ip, wait};

use super::cast::{Cluster, Container, SOON, udp};

/// Datagrams of each kind.
const DATAGRAMS: u64 = 60;

fn cluster() -> Cluster {
    let lab = Lab::builder().nodes(2).config("xdp_always = true\naudit_seconds = 1\n").start().unwrap();
    let cluster = Cluster { lab };
    for port in ["port1", "port2"] {
        ip::words(cluster.lab.switch(), "ethtool", &format!("-K {port} gro on")).unwrap();
    }
    let native = || Ok((1..=2).all(|node| cluster.status(node).xdp == "native"));
    wait::until("the driver meets frames", 4 * SOON, native).unwrap();
    cluster
}

/// Frames that a container's interface has taken as the driver had them; what TCX delivers goes past its queue.
fn taken(container: &Netns) -> u64 {
    let said = ip::words(container, "ethtool", "-S eth0").unwrap();
    let of_a_queue = |line: &str| {
        line.trim().strip_prefix("rx_queue_")?.split_once("_xdp_packets: ")?.1.parse::<u64>().ok()
    };
    said.lines().filter_map(of_a_queue).sum()
}

/// Whether what leaves a namespace has its checksum, as on every wire between machines, or leaves it to hardware.
fn finish_checksums(netns: &Netns, does: bool) {
    let to = if does { "off" } else { "on" };
    ip::words(netns, "ethtool", &format!("-K eth0 tx {to}")).unwrap();
}

/// Has datagrams of all sizes answered, one after the other, and in their order; whom the server saw.
fn talk(client: &UdpSocket, server: &UdpSocket, to: (Ipv4Addr, u16)) -> Ipv4Addr {
    let (mut room, mut seen) = ([0; 2048], None);
    for number in 0..DATAGRAMS {
        let sent = vec![u8::try_from(number).unwrap(); 1 + 23 * usize::try_from(number).unwrap()];
        client.send_to(&sent, to).unwrap();
        let (len, from) = server.recv_from(&mut room).unwrap();
        assert_eq!(room[..len], sent, "datagram {number}");
        server.send_to(&sent, from).unwrap();
        let (len, by) = client.recv_from(&mut room).unwrap();
        assert_eq!((&room[..len], by), (&sent[..], to.into()), "the answer to datagram {number}");
        seen = Some(from);
    }
    match seen.unwrap().ip() {
        std::net::IpAddr::V4(addr) => addr,
        std::net::IpAddr::V6(addr) => panic!("{addr}"),
    }
}

fn counted(cluster: &Cluster, road: &str) -> u64 {
    cluster.status(2).counters.get(road).copied().unwrap_or_default()
}

#[test]
fn datagrams_between_nodes_reach_containers_as_frames() {
    let cluster = cluster();
    cluster.network("web", &["10.77.0.0/24"]);
    let (a, b) = (cluster.container(1, "web", "a"), cluster.container(2, "web", "b"));
    let before = [cluster.drops(1), cluster.drops(2)];
    let (client, server) = (a.udp(6000), b.udp(7000));
    let talks = |is_finished: bool| {
        [&a, &b].iter().for_each(|container| finish_checksums(&container.netns, is_finished));
        let (frames, roads) = ([taken(&a.netns), taken(&b.netns)], counted(&cluster, "from_node"));
        assert_eq!(talk(&client, &server, (b.ip, 7000)), a.ip);
        assert!(counted(&cluster, "from_node") - roads >= DATAGRAMS, "they are counted");
        [taken(&a.netns) - frames[0], taken(&b.netns) - frames[1]]
    };
    assert_eq!(talks(true), [DATAGRAMS; 2], "those whose checksums are finished");
    assert_eq!(talks(false), [0; 2], "those that leave them to hardware");
    assert!(a.pings(b.ip), "what is no datagram goes on as before");
    for (node, before) in (1..).zip(&before) {
        cluster.assert_drops(node, before, &[]);
    }
}

#[test]
fn datagrams_from_outside_reach_containers_as_frames_and_under_their_clients_addresses() {
    let cluster = cluster();
    let outside = &cluster.node(1).netns;
    finish_checksums(outside, true);
    let served = cluster.container_with(2, "served", "-p 8000:7000/udp");
    let (client, server) = (udp(outside, (cluster.node(1).address(), 6000)), served.udp(7000));
    let to = (cluster.node(2).address(), 8000);
    let frames = taken(&served.netns);
    assert_eq!(talk(&client, &server, to), cluster.node(1).address());
    // The first begins the flow, and the second is the first that is answered already.
    assert_eq!(taken(&served.netns) - frames, DATAGRAMS - 1);

    // The other way round, masqueraded: answers come as frames.
    let (asker, answerer) = (served.udp(6001), udp(outside, (cluster.node(1).address(), 7001)));
    let frames = taken(&served.netns);
    assert_eq!(talk(&asker, &answerer, (cluster.node(1).address(), 7001)), cluster.node(2).address());
    assert_eq!(taken(&served.netns) - frames, DATAGRAMS - 1);
}

#[test]
fn a_container_whose_aggregation_was_turned_off_is_told_again() {
    let cluster = cluster();
    let served: Container = cluster.container_with(2, "served", "");
    let on =
        || ip::words(&served.netns, "ethtool", "-k eth0").unwrap().contains("generic-receive-offload: on");
    assert!(on(), "a container's interface takes frames");
    ip::words(&served.netns, "ethtool", "-K eth0 gro off").unwrap();
    wait::until("GRO is on again", 8 * SOON, || Ok(on())).unwrap();
}
