//! What goes over the underlay is VXLAN as RFC 7348 has it; tshark has nothing to complain about.

use std::path::PathBuf;

use causeway_lab::capture::{Capture, tshark};

use super::{
    cast::{Cluster, Container, offloads, send},
    stream,
};

/// Ports of which tshark does not think that it knows what is spoken there.
const STREAM: u16 = 40_001;
const DATAGRAMS: u16 = 40_002;

/// A capture of pings, a stream and datagrams between two nodes, with every checksum on the wire.
fn captured(cluster: &Cluster, a: &Container, b: &Container) -> PathBuf {
    for (container, node) in [(a, 1), (b, 2)] {
        container.offloads(false);
        offloads(&cluster.node(node).netns, "eth0", false);
    }
    let file = cluster.lab.layout().root.join("underlay.pcap");
    let capture = Capture::start(&cluster.node(2).netns, "eth0", "udp port 4789", &file).unwrap();
    assert!(a.pings(b.ip));
    stream::transfer(a, b, STREAM, stream::MEBIBYTE);
    let (here, _there) = (a.udp(DATAGRAMS), b.udp(DATAGRAMS));
    send(&here, 20, &[7; 700], (b.ip, DATAGRAMS));
    capture.finish().unwrap()
}

#[test]
fn tshark_decodes_the_underlay_without_complaint() {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(2, "web", "b");
    let file = captured(&cluster, &a, &b);
    let lines = |filter: &str| {
        // Every checksum is looked at; what TCP makes of its windows is not the road's concern.
        let checks = [
            "ip.check_checksum:TRUE",
            "udp.check_checksum:TRUE",
            "tcp.check_checksum:TRUE",
            "tcp.analyze_sequence_numbers:FALSE",
        ];
        let options: Vec<&str> =
            checks.iter().flat_map(|check| ["-o", *check]).chain(["-Y", filter]).collect();
        tshark(&file, &options).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (all, vni) = (lines("frame").len(), cluster.vni("web"));
    assert!(all > 700, "only {all} packets captured");
    // The I flag alone, our VNI, no outer UDP checksum, and an inner packet that is understood.
    let header =
        "vxlan.flag_i == 1 && vxlan.flag_g == 0 && vxlan.flags_reserved == 0 && vxlan.reserved8 == 0";
    let sound = format!(
        "{header} && vxlan.vni == {vni} && udp.checksum == 0 && (icmp || tcp || udp.port == {DATAGRAMS})"
    );
    assert_eq!(lines(&sound).len(), all);
    // The kernel writes 0xffff where a sum is zero (CSUM_MANGLED_0): the same number in one's
    // complement, which tshark does not take for TCP. One packet in 65,536 has it.
    for checksum in ["ip", "tcp", "udp"] {
        let bad = format!("{checksum}.checksum.status == 0 && {checksum}.checksum != 0xffff");
        assert_eq!(lines(&bad), NOTHING, "bad checksums");
    }
    // Warnings and errors; notes, chats and the group of sequences (PI_SEQUENCE) tell only what TCP
    // does: a probe sent twice on a busy machine is acknowledged as a duplicate (RFC 2883).
    let complaints = "_ws.expert.severity >= 0x00600000 && !(_ws.expert.group == 0x02000000)";
    assert_eq!(lines(&format!("_ws.malformed || ({complaints})")), NOTHING);
}

const NOTHING: [&str; 0] = [];

/// Two containers on two nodes that know each other, and what travels to the second node from now on.
fn listened_to() -> (Cluster, Container, Container, Capture) {
    let cluster = Cluster::of(2);
    cluster.network("web", &[]);
    let (a, b) = (cluster.container(1, "web", "a"), cluster.container(2, "web", "b"));
    let file = cluster.lab.layout().root.join("tunnel.pcap");
    let tunnel = "udp dst port 4789 and dst host 198.18.0.2";
    let capture = Capture::start(&cluster.node(2).netns, "eth0", tunnel, &file).unwrap();
    assert!(a.pings(b.ip));
    (cluster, a, b, capture)
}

#[test]
fn flows_are_told_apart_by_the_outer_source_port() {
    let (_cluster, a, b, capture) = listened_to();
    for port in 7000..7032 {
        let socket = a.udp(port);
        send(&socket, 3, b"x", (b.ip, 7000));
    }
    let fields = ["-Y", "udp.port == 7000", "-T", "fields", "-e", "udp.srcport"];
    let lines = tshark(&capture.finish().unwrap(), &fields).unwrap();
    let mut ports: Vec<(u16, u16)> = lines
        .lines()
        .map(|line| {
            let (outer, inner) = line.split_once(',').unwrap();
            (inner.parse().unwrap(), outer.parse().unwrap())
        })
        .collect();
    assert_eq!(ports.len(), 96);
    ports.sort_unstable();
    ports.dedup();
    // RFC 7348 §5: one source port a flow, from the dynamic range.
    assert_eq!(ports.len(), 32, "a flow changed its port: {ports:?}");
    assert!(ports.iter().all(|(_, outer)| *outer >= 49152), "{ports:?}");
    ports.sort_by_key(|(_, outer)| *outer);
    ports.dedup_by_key(|(_, outer)| *outer);
    assert!(ports.len() > 16, "32 flows share {} ports", ports.len());
}

#[test]
fn pieces_of_a_datagram_have_one_outer_source_port() {
    let (_cluster, a, b, capture) = listened_to();
    for port in [7000, 7001] {
        send(&a.udp(port), 2, &[b'x'; 4000], (b.ip, 7000));
    }
    let pieces = ["-Y", "ip.flags.mf == 1 || ip.frag_offset > 0", "-T", "fields", "-e", "udp.srcport"];
    let unjoined = [&["-o", "ip.defragment:false"][..], &pieces].concat();
    let lines = tshark(&capture.finish().unwrap(), &unjoined).unwrap();
    // The first field is the outer port; the first piece shows an inner one, too.
    let mut ports: Vec<&str> = lines.lines().filter_map(|line| line.split(',').next()).collect();
    assert_eq!(ports.len(), 12, "{lines}");
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 1, "pieces are told apart by ports that only some of them have: {lines}");
}
