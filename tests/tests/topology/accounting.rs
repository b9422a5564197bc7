//! The accounting rule: what was sent is what arrived plus what was dropped under a name.

use std::{
    net::{Ipv4Addr, UdpSocket},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use causeway_lab::Netns;
use causeway_tests::numbered;

use super::cast::{Cluster, send, udp};

/// Packets of a burst: few enough for any socket buffer.
const BURST: u32 = 32;
const BURSTS: u32 = 250;

/// Sends numbered packets in bursts; after each the receiver must have that many more. Gives how many were received.
fn numbered(from: &UdpSocket, to: &UdpSocket, address: (Ipv4Addr, u16)) -> u32 {
    let mut received = 0;
    let mut buffer = [0; 8];
    for burst in 0..BURSTS {
        for number in burst * BURST..(burst + 1) * BURST {
            from.send_to(&number.to_be_bytes(), address).unwrap();
        }
        while received < (burst + 1) * BURST && to.recv(&mut buffer).is_ok() {
            assert_eq!(buffer[..4], received.to_be_bytes(), "out of order or twice");
            received += 1;
        }
    }
    received
}

#[test]
fn every_packet_between_nodes_is_received_or_dropped_under_a_name() {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container_with(1, "a", "--network web --ip 10.77.0.10");
    let b = cluster.container_with(2, "b", "--network web --ip 10.77.0.20");
    let nobody = Ipv4Addr::new(10, 77, 0, 99);
    a.run(&format!("ip neigh replace {nobody} lladdr 02:42:0a:4d:00:63 dev eth0 nud permanent"));
    // Known beforehand, so that nobody asks for it in the name of an address that is not the container's.
    a.run(&format!("ip neigh replace {} lladdr {} dev eth0 nud permanent", b.ip, b.mac));
    a.run("ip address add 10.77.0.66/24 dev eth0");
    let before = (cluster.drops(1), cluster.drops(2));

    let (good, sink) = (a.udp(7000), b.udp(7000));
    let (to_nobody, as_another) = (a.udp(7001), udp(&a.netns, (Ipv4Addr::new(10, 77, 0, 66), 7002)));
    for _ in 0..500 {
        to_nobody.send_to(b"x", (nobody, 7000)).unwrap();
        as_another.send_to(b"x", (b.ip, 7000)).unwrap();
        to_nobody.send_to(b"x", (Ipv4Addr::new(239, 1, 1, 1), 7000)).unwrap();
    }
    let received = numbered(&good, &sink, (b.ip, 7000));

    assert_eq!(received, BURST * BURSTS, "lost without a name");
    cluster.assert_drops(1, &before.0, &[("no_endpoint", 500), ("spoofed_ip", 500), ("multicast", 500)]);
    cluster.assert_drops(2, &before.1, &[]);
}

#[test]
fn packets_to_a_container_that_went_away_are_dropped_under_a_name() {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(2, "web", "b");
    a.run(&format!("ip neigh replace {} lladdr {} dev eth0", b.ip, b.mac));
    cluster.node(2).cw("rm -f b").unwrap();
    let before = cluster.drops(1);
    let socket = a.udp(7000);
    send(&socket, 1000, b"x", (b.ip, 7000));
    cluster.assert_drops(1, &before, &[("no_endpoint", 1000)]);
}

/// Sends numbered packets to a container until told to stop; how many.
fn flood(from: &Netns, to: Ipv4Addr, over: &AtomicBool) -> u64 {
    let (socket, mut sent) = (udp(from, (Ipv4Addr::UNSPECIFIED, 0)), 0_u64);
    while !over.load(Ordering::Relaxed) {
        socket.send_to(&sent.to_be_bytes(), (to, 7000)).unwrap();
        sent += 1;
        thread::sleep(Duration::from_micros(20));
    }
    sent
}

/// While it goes: its address leads nowhere before its interface is gone.
#[test]
fn packets_to_a_container_that_goes_are_received_or_dropped_under_a_name() {
    let cluster = Cluster::of(1);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container_with(1, "a", "--network web --ip 10.77.0.10");
    // Ten thousand ports give the daemon something to think over whenever anything changes.
    cluster.container_with(1, "voip", "--network web -p 10000-20000:10000-20000/udp");
    for _ in 0..5 {
        let b = cluster.container_with(1, "b", "--network web --ip 10.77.0.20");
        a.run(&format!("ip neigh replace {} lladdr {} dev eth0 nud permanent", b.ip, b.mac));
        let ear = numbered::ear(&b.netns, 7000).unwrap();
        let (before, over) = (cluster.drops(1), AtomicBool::new(false));
        let sent = thread::scope(|scope| {
            let sending = scope.spawn(|| flood(&a.netns, b.ip, &over));
            cluster.node(1).cw("rm -f b").unwrap();
            over.store(true, Ordering::Relaxed);
            sending.join().unwrap()
        });
        let received = std::iter::from_fn(|| ear.recv(&mut [0; 8]).ok()).count() as u64;
        assert!(received > 0 && received < sent, "it went while packets were sent");
        cluster.assert_drops(1, &before, &[("no_endpoint", sent - received)]);
    }
}
