//! What is corrupted between nodes is not handed on, whoever has vouched for the outer checksum.

use std::{net::UdpSocket, thread, time::Duration};

use causeway_common::faults::{Disturbance, Token, WHOLE};
use causeway_lab::ip;
use causeway_tests::faults::{
    Faults,
    packet::{self, Read},
};

use super::cast::Cluster;

const PACKETS: u32 = 2000;
const PORT: u16 = 7000;
const MAGIC: u32 = 0xc0de;

/// Packets that came whole, and those that did not.
fn received(ear: &UdpSocket) -> (u32, u32) {
    let (mut counts, mut bytes) = ((0, 0), [0; 2048]);
    while let Ok(length) = ear.recv(&mut bytes) {
        match packet::read(&bytes[..length], MAGIC) {
            Read::Whole(_) => counts.0 += 1,
            _ => counts.1 += 1,
        }
    }
    counts
}

#[test]
fn corrupted_packets_are_not_delivered_where_the_uplink_aggregates() {
    let cluster = Cluster::of(2);
    cluster.network("web", &[]);
    let (a, b) = (cluster.container(1, "web", "a"), cluster.container(2, "web", "b"));
    // As on a wire every checksum is written; as by a card's driver, packets come in through GRO, which vouches for
    // the outer checksum of VXLAN: it is 0.
    for netns in [&a.netns, &b.netns, &cluster.node(1).netns] {
        ip::words(netns, "ethtool", "-K eth0 tx off").unwrap();
    }
    ip::words(&cluster.node(2).netns, "ethtool", "-K eth0 gro on").unwrap();
    // A veth aggregates only what does not come in large segments anyway.
    ip::words(cluster.lab.switch(), "ethtool", "-K port2 tso off").unwrap();
    assert!(a.pings(b.ip));
    let faults = Faults::on(cluster.lab.switch(), "port1", 1).unwrap();
    faults.corrupt(WHOLE / 2).unwrap();
    let (mouth, ear) = (a.udp(0), b.udp(PORT));
    let (whole, harmed) = thread::scope(|scope| {
        let receiving = scope.spawn(|| received(&ear));
        for number in 0..PACKETS {
            let bytes = packet::write(Token::new(MAGIC, 0, number), 1000);
            mouth.send_to(&bytes, (b.ip, PORT)).unwrap();
            thread::sleep(Duration::from_micros(200));
        }
        receiving.join().unwrap()
    });
    let corrupted = faults.counts().unwrap().of(Disturbance::Corrupt);
    assert!(
        corrupted > u64::from(PACKETS) / 3 && whole >= PACKETS / 3,
        "{corrupted} corrupted, {whole} came"
    );
    assert_eq!(harmed, 0, "of {PACKETS} packets {corrupted} were corrupted");
}
