//! XDP rows: what other nodes send to containers here.

use causeway::plan::Step;
use causeway_common::{
    Counter, Endpoint, EndpointKey, Node, OuterHeader, Settings, endpoint, node, settings, vni::HOST_VNI,
};
use causeway_tests::dataplane::{
    ingress,
    local::UPLINK_IFINDEX,
    packets::{from_node_1, ip, outer_ip, vxlan},
    translated::{ACK, Kind, carrying, packet, under},
    world::{
        FAR, FAR_MAC, FAR_VTEP, NEIGHBOUR, PORT, ROUTED_VNI, SENDER, STRANGER_VNI, UPLINK_MAC, VNI, VTEP, mac,
    },
};
use etherparse::{IpEcn, IpFragOffset, Ipv4Header};

use super::{WireRow, forward::unfinished};

/// MACs and ports of a datagram between neighbours.
const MACS: ([u8; 6], [u8; 6]) = (mac(NEIGHBOUR), mac(FAR));
const PORTS: (u16, u16) = (6000, 53);

pub(super) fn rows() -> Vec<WireRow> {
    [goes_in(), needs_more(), not_plain(), not_ours()].into_iter().flatten().collect()
}

/// Containers' interfaces take frames, and the node knows its own MAC.
pub(super) fn frames() -> [Step; 2] {
    let own = ingress::settings();
    let here = OuterHeader { eth_src: UPLINK_MAC, ..OuterHeader::default() };
    [
        Step::PutSettings(Settings { flags: own.flags | settings::FRAMES, ..own }),
        Step::PutNode(node::LOCAL, Node { outer: here, ifindex: UPLINK_IFINDEX, ..Node::default() }),
    ]
}

fn datagram(kind: Kind) -> Vec<u8> {
    packet(kind, MACS, (FAR, PORTS.0), (NEIGHBOUR, PORTS.1), 64)
}

fn enters(sentence: &'static str, inner: &[u8]) -> WireRow {
    WireRow::enters(sentence, from_node_1(VNI, inner), Counter::FromNode, inner.to_vec()).after(frames())
}

fn passes(sentence: &'static str, inner: &[u8]) -> WireRow {
    WireRow::passes(sentence, from_node_1(VNI, inner)).after(frames())
}

/// A datagram under these ECN bits, which comes under others.
fn congested(outer: IpEcn, inner: IpEcn) -> (Vec<u8>, Vec<u8>) {
    let with = |ecn| under(Kind::Udp, MACS, Ipv4Header { ecn, ..ip(FAR, NEIGHBOUR) }, PORTS);
    let header = Ipv4Header { ecn: outer, ..outer_ip(FAR_VTEP, VTEP) };
    (vxlan((UPLINK_MAC, FAR_MAC), &header, PORT, VNI, &with(inner)), with(IpEcn::THREE))
}

/// A datagram whose IP packet has so many bytes.
fn sized(bytes: usize) -> Vec<u8> {
    carrying(Kind::Udp, MACS, ip(FAR, NEIGHBOUR), PORTS, &vec![7; bytes - 28])
}

fn goes_in() -> Vec<WireRow> {
    let (frame, met) = congested(IpEcn::THREE, IpEcn::TWO);
    vec![
        enters("XDP_REDIRECT: a datagram from another node goes to its container", &datagram(Kind::Udp)),
        enters("XDP_REDIRECT: so does one without checksum", &datagram(Kind::UdpUnchecked)),
        enters("XDP_REDIRECT: so does the largest that a container takes", &sized(1450)),
        WireRow::enters(
            "XDP_REDIRECT: congestion on the way is told to the container",
            frame,
            Counter::FromNode,
            met,
        )
        .after(frames()),
    ]
}

/// What needs an skb.
fn needs_more() -> Vec<WireRow> {
    let (frame, _) = congested(IpEcn::THREE, IpEcn::ZERO);
    let asks = Endpoint {
        mac: mac(NEIGHBOUR),
        flags: endpoint::TRANSLATED,
        node: node::LOCAL,
        ifindex: 77,
        vni: VNI,
        ..Endpoint::default()
    };
    vec![
        passes("XDP_PASS: a segment for a container", &datagram(ACK)),
        passes("XDP_PASS: an echo for a container", &datagram(Kind::Echo)),
        passes(
            "XDP_PASS: a datagram whose checksum is left to hardware",
            &unfinished(datagram(Kind::Udp), 40),
        ),
        passes("XDP_PASS: a datagram that is longer than a container takes", &sized(1451)),
        passes("XDP_PASS: a datagram for a container that has asked services", &datagram(Kind::Udp))
            .after([Step::PutEndpoint(EndpointKey { vni: VNI, addr: NEIGHBOUR }, asks)]),
        WireRow::passes("XDP_PASS: congestion that the container cannot hear of", frame).after(frames()),
        WireRow::passes(
            "XDP_PASS: a datagram, where interfaces take no frames",
            from_node_1(VNI, &datagram(Kind::Udp)),
        ),
    ]
}

fn not_plain() -> Vec<WireRow> {
    let under = |header| under(Kind::Udp, MACS, header, PORTS);
    let later = IpFragOffset::try_new(8).expect("small");
    let whole = from_node_1(VNI, &datagram(Kind::Udp));
    let with = |at: usize, byte: u8| {
        let mut frame = whole.clone();
        frame[at] = byte;
        frame
    };
    let frame = |sentence, frame| WireRow::passes(sentence, frame).after(frames());
    vec![
        passes(
            "XDP_PASS: the first fragment of a datagram",
            &under(Ipv4Header { more_fragments: true, ..ip(FAR, NEIGHBOUR) }),
        ),
        passes(
            "XDP_PASS: a later fragment of a datagram",
            &under(Ipv4Header { fragment_offset: later, ..ip(FAR, NEIGHBOUR) }),
        ),
        frame("XDP_PASS: a network's VXLAN without a valid VNI", with(42, 0)),
        frame("XDP_PASS: a network's VXLAN whose UDP length is another", with(39, whole[39] + 1)),
        frame("XDP_PASS: a datagram that is longer than its carrier", with(67, whole[67] + 1)),
        frame("XDP_PASS: a datagram with IP options", with(64, 0x46)),
        frame("XDP_PASS: a datagram that ends before its header does", whole[..90].to_vec()),
    ]
}

fn not_ours() -> Vec<WireRow> {
    let inner = datagram(Kind::Udp);
    let stranger = vxlan((UPLINK_MAC, FAR_MAC), &outer_ip([198, 51, 100, 66], VTEP), PORT, VNI, &inner);
    let to = |macs, to| packet(Kind::Udp, macs, (FAR, PORTS.0), (to, PORTS.1), 64);
    let under = |sentence, vni| WireRow::passes(sentence, from_node_1(vni, &inner)).after(frames());
    vec![
        WireRow::passes("XDP_PASS: a datagram from an address that is no node's", stranger).after(frames()),
        under("XDP_PASS: a datagram under the VNI of the network's other subnet", ROUTED_VNI),
        under("XDP_PASS: a datagram under another network's VNI", STRANGER_VNI),
        under("XDP_PASS: a datagram under the host's VNI", HOST_VNI),
        under("XDP_PASS: a datagram under a VNI of no network", 5000),
        passes("XDP_PASS: a datagram for a container elsewhere", &to((mac(FAR), mac(SENDER)), FAR)),
        passes("XDP_PASS: a datagram for another's MAC", &to((mac(SENDER), mac(FAR)), NEIGHBOUR)),
        passes("XDP_PASS: a datagram for nobody", &to((mac([10, 9, 0, 99]), mac(FAR)), [10, 9, 0, 99])),
    ]
}
