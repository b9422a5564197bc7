//! XDP rows: what comes by the mesh.

use causeway::plan::Step;
use causeway_common::{Counter, MESH_VNI, Settings};
use causeway_tests::dataplane::{
    ingress::{self, AWAY, NEAR},
    local::{CLIENT, CLOSED, NARROW, NODE, ROUTER_MAC, UNKNOWN},
    packets::{from_far, from_node_1, ip, outer_ip, vxlan},
    translated::{ACK, At, Kind, SYN, SYN_ACK, carrying, error, packet, under},
    world::{FAR, FAR_MAC, FAR_VTEP, GATEWAY, NEIGHBOUR, PORT, UPLINK_MAC, VNI, VTEP, mac},
};
use etherparse::{IpEcn, Ipv4Header};

use super::{
    WireRow,
    forward::{ELSEWHERE, THERE, unfinished},
};

/// MACs of an answer in the mesh: to the node that the client has talked to, from the backend's gateway.
const CARRIED: ([u8; 6], [u8; 6]) = (mac(NODE), mac(GATEWAY));

pub(super) fn rows() -> Vec<WireRow> {
    [goes_out(), needs_more(), not_plain(), not_ours()].into_iter().flatten().collect()
}

/// An answer from a port of this node.
fn answer(kind: Kind, to: At) -> Vec<u8> {
    packet(kind, CARRIED, (NODE, AWAY), to, 63)
}

/// The same by the mesh.
fn came(inner: &[u8]) -> Vec<u8> {
    from_node_1(MESH_VNI, inner)
}

/// It goes out as it is, but for its MACs.
fn leaves(sentence: &'static str, inner: &[u8]) -> WireRow {
    let out = [&ROUTER_MAC, &UPLINK_MAC, &inner[12..]].concat();
    WireRow::leaves(sentence, came(inner), Counter::FromMesh, out)
}

fn passes(sentence: &'static str, inner: &[u8]) -> WireRow {
    WireRow::passes(sentence, came(inner))
}

/// An answer of so many bytes.
fn sized(to: At, bytes: usize) -> Vec<u8> {
    let header = Ipv4Header { time_to_live: 63, ..ip(NODE, to.0) };
    carrying(ACK, CARRIED, header, (AWAY, to.1), &vec![7; bytes - 40])
}

/// An answer under these ECN bits, which came under others.
fn congested(outer: IpEcn, inner: IpEcn) -> (Vec<u8>, Vec<u8>) {
    let answer = |ecn| under(ACK, CARRIED, Ipv4Header { ecn, ..ip(NODE, CLIENT) }, (AWAY, THERE.1));
    let header = Ipv4Header { ecn: outer, ..outer_ip(FAR_VTEP, VTEP) };
    let met = answer(IpEcn::THREE);
    let frame = vxlan((UPLINK_MAC, FAR_MAC), &header, PORT, MESH_VNI, &answer(inner));
    (frame, [&ROUTER_MAC, &UPLINK_MAC, &met[12..]].concat())
}

fn goes_out() -> Vec<WireRow> {
    let (frame, out) = congested(IpEcn::THREE, IpEcn::TWO);
    vec![
        leaves("XDP_TX: a backend's answer goes out to the client as it is", &answer(SYN_ACK, THERE)),
        leaves("XDP_TX: so does a datagram", &answer(Kind::Udp, THERE)),
        leaves("XDP_TX: so does one without checksum", &answer(Kind::UdpUnchecked, THERE)),
        leaves("XDP_TX: so does what fits a narrow way", &sized((NARROW, 6000), 1280)),
        leaves("XDP_TX: so does what just fits the mesh", &sized(THERE, 1450)),
        WireRow::leaves("XDP_TX: congestion on the way is told to the client", frame, Counter::FromMesh, out),
    ]
}

/// What needs an skb, or an answer.
fn needs_more() -> Vec<WireRow> {
    let (frame, _) = congested(IpEcn::THREE, IpEcn::ZERO);
    let error = error(CARRIED, NODE, CLIENT, 63, (&packet(SYN, CARRIED, THERE, (NODE, AWAY), 64), 28));
    vec![
        passes("XDP_PASS: a client whose next hop's MAC has yet to be found", &answer(ACK, (UNKNOWN, 6000))),
        passes("XDP_PASS: a client that there is no way to", &answer(ACK, (CLOSED, 6000))),
        passes("XDP_PASS: a client behind a way that is too narrow", &sized((NARROW, 6000), 1281)),
        passes("XDP_PASS: a client of this very node", &answer(ACK, (GATEWAY, 6000))),
        passes("XDP_PASS: a client behind another interface", &answer(ACK, THERE)).on(ELSEWHERE),
        WireRow::passes("XDP_PASS: congestion that the client cannot hear of", frame),
        passes("XDP_PASS: an error about a question", &error),
        passes(
            "XDP_PASS: an answer whose TCP checksum is left to hardware",
            &unfinished(answer(ACK, THERE), 50),
        ),
        passes("XDP_PASS: one whose UDP checksum is", &unfinished(answer(Kind::Udp, THERE), 40)),
    ]
}

fn not_plain() -> Vec<WireRow> {
    let first = Ipv4Header { more_fragments: true, ..ip(NODE, CLIENT) };
    let whole = came(&answer(ACK, THERE));
    let with = |at: usize, byte: u8| {
        let mut frame = whole.clone();
        frame[at] = byte;
        frame
    };
    let frame = WireRow::passes;
    vec![
        passes("XDP_PASS: a fragment of an answer", &under(Kind::Udp, CARRIED, first, (AWAY, THERE.1))),
        frame("XDP_PASS: VXLAN without a valid VNI", with(42, 0)),
        frame("XDP_PASS: VXLAN whose UDP length is another", with(39, whole[39] + 1)),
        frame("XDP_PASS: VXLAN whose IP length is another", with(17, whole[17] + 1)),
        frame("XDP_PASS: VXLAN whose inner packet is longer than its datagram", with(67, whole[67] + 1)),
        frame("XDP_PASS: VXLAN whose inner packet is not IPv4", with(62, 0x86)),
        frame("XDP_PASS: VXLAN that ends before its packet does", whole[..whole.len() - 1].to_vec()),
        frame("XDP_PASS: VXLAN that ends in its inner TCP header", whole[..103].to_vec()),
    ]
}

fn not_ours() -> Vec<WireRow> {
    let inner = answer(ACK, THERE);
    let stranger = vxlan((UPLINK_MAC, FAR_MAC), &outer_ip([198, 51, 100, 66], VTEP), PORT, MESH_VNI, &inner);
    let closed = Settings { flags: 0, ..ingress::settings() };
    let backend = packet(SYN, (mac(NEIGHBOUR), mac(NEIGHBOUR)), THERE, (NODE, NEAR), 64);
    let other = |from| packet(ACK, CARRIED, from, THERE, 63);
    let misled = packet(ACK, (mac(NEIGHBOUR), mac(GATEWAY)), (NODE, AWAY), THERE, 63);
    vec![
        WireRow::passes("XDP_PASS: an answer from an address that is no node's", stranger),
        WireRow::passes("XDP_PASS: a packet of a network", from_node_1(VNI, &from_far(NEIGHBOUR))),
        passes("XDP_PASS: a question to a backend here", &backend),
        passes("XDP_PASS: an answer from another address", &other((FAR, AWAY))),
        passes("XDP_PASS: an answer from a port that is none of the mesh", &other((NODE, 22))),
        passes("XDP_PASS: an answer that another node is to carry on", &misled),
        passes("XDP_PASS: an answer, where the settings know of no port of the mesh", &inner)
            .after([Step::PutSettings(closed)]),
    ]
}
