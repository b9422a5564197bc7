//! Rows: what comes in on the uplink.

use causeway::{
    kernel::{Hook, SkbContext},
    plan::Step,
};
use causeway_common::{
    Counter, DropReason, Endpoint, EndpointKey,
    vni::{HOST_VNI, LOCAL_VNI_FIRST},
};
use causeway_tests::dataplane::{
    packets::{PAYLOAD, from_far, from_node_1, ip, outer_ip, tcp, udp, vxlan, who_has},
    world::{
        FAR, FAR_MAC, FAR_VTEP, NEIGHBOUR, NOBODY, PORT, ROUTED, ROUTED_VNI, STRANGER, UPLINK_MAC, VNI, VTEP,
        mac,
    },
};
use etherparse::{IpEcn, IpFragOffset, IpNumber, Ipv4Header, Ipv4Options};

use crate::row::Row;

const MACS: ([u8; 6], [u8; 6]) = (UPLINK_MAC, FAR_MAC);

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromUplink, sentence, packet)
}

/// The packet with one byte changed.
fn with(mut packet: Vec<u8>, offset: usize, byte: u8) -> Vec<u8> {
    packet[offset] = byte;
    packet
}

pub(crate) fn rows() -> Vec<Row> {
    [delivered(), not_ours(), strangers(), malformed(), misdirected(), congested()]
        .into_iter()
        .flatten()
        .collect()
}

fn delivered() -> Vec<Row> {
    let inner = from_far(NEIGHBOUR);
    let packet = from_node_1(VNI, &inner);
    let routed = from_far(ROUTED);
    let gso = SkbContext { gso_size: 1398, gso_segs: 3, ..SkbContext::default() };
    let other_port = vxlan(MACS, &outer_ip(FAR_VTEP, VTEP), 8472, VNI, &inner);
    vec![
        row("a packet for a container here is taken out of VXLAN", packet.clone())
            .redirects(Counter::FromNode, inner.clone()),
        row("so is one for the other subnet, under its VNI", from_node_1(ROUTED_VNI, &routed))
            .redirects(Counter::FromNode, routed),
        row("a GSO packet of a kind that the kernel cannot shrink is dropped", packet.clone())
            .skb(gso)
            .drops(DropReason::RoomRefused),
        row("so is one on another VXLAN port, where that is the cluster's", other_port)
            .port(8472)
            .redirects(Counter::FromNode, inner),
    ]
}

/// What is the host's stays the host's, untouched and uncounted.
fn not_ours() -> Vec<Row> {
    let inner = from_far(NEIGHBOUR);
    let under = |header: Ipv4Header| vxlan(MACS, &header, PORT, VNI, &inner);
    let to_us = || outer_ip(FAR_VTEP, VTEP);
    let first = Ipv4Header { dont_fragment: false, more_fragments: true, ..to_us() };
    let later = Ipv4Header { fragment_offset: IpFragOffset::try_new(8).unwrap_or_default(), ..to_us() };
    let options = Ipv4Header { options: Ipv4Options::from([1; 4]), ..to_us() };
    let stream = tcp(MACS, &Ipv4Header { protocol: IpNumber::TCP, ..to_us() }, PAYLOAD);
    vec![
        row("another UDP port is the host's", vxlan(MACS, &to_us(), 4790, VNI, &inner)),
        row("another destination is the host's", under(outer_ip(FAR_VTEP, [198, 51, 100, 77]))),
        row("the default VXLAN port is the host's, where the cluster has another", under(to_us())).port(8472),
        row("a first fragment is the host's", under(first)),
        row("a later fragment is the host's", under(later)),
        row("outer IP options are the host's", under(options)),
        row("TCP is the host's", with(with(stream, 36, 0x12), 37, 0xb5)),
        row("ARP is the host's", who_has(NOBODY)),
        row("IPv6 is the host's", with(with(under(to_us()), 12, 0x86), 13, 0xdd)),
        row("a frame too short for UDP is the host's", under(to_us())[..41].to_vec()),
    ]
}

fn strangers() -> Vec<Row> {
    let inner = from_far(NEIGHBOUR);
    let bridged = Endpoint { mac: mac(NEIGHBOUR), ifindex: 77, vni: LOCAL_VNI_FIRST, ..Endpoint::default() };
    let stranger = vxlan(MACS, &outer_ip([198, 51, 100, 66], VTEP), PORT, VNI, &inner);
    vec![
        row("VXLAN from an address that is no node's is dropped", stranger).drops(DropReason::UnknownVtep),
        row("VXLAN for a network without part here is dropped", from_node_1(5000, &inner))
            .drops(DropReason::UnknownVni),
        row("VXLAN for a bridge network is dropped", from_node_1(LOCAL_VNI_FIRST, &inner))
            .after(Step::PutEndpoint(EndpointKey { vni: LOCAL_VNI_FIRST, addr: NEIGHBOUR }, bridged))
            .drops(DropReason::UnknownVni),
        row("so is VXLAN for the host's view of its containers", from_node_1(HOST_VNI, &inner))
            .after(Step::PutEndpoint(EndpointKey { vni: HOST_VNI, addr: NEIGHBOUR }, bridged))
            .drops(DropReason::UnknownVni),
    ]
}

fn malformed() -> Vec<Row> {
    let inner = from_far(NEIGHBOUR);
    let packet = from_node_1(VNI, &inner);
    let vxlan_malformed = |sentence, packet| row(sentence, packet).drops(DropReason::VxlanMalformed);
    let inner_malformed = |sentence, packet| row(sentence, packet).drops(DropReason::Malformed);
    let length = |at: usize, by: u8| with(packet.clone(), at, packet[at] + by);
    vec![
        vxlan_malformed("VXLAN without a valid VNI is dropped", with(packet.clone(), 42, 0)),
        vxlan_malformed("VXLAN without a frame in it is dropped", packet[..83].to_vec()),
        vxlan_malformed(
            "VXLAN that ends before its IP packet does is dropped",
            packet[..packet.len() - 1].to_vec(),
        ),
        vxlan_malformed("VXLAN whose UDP length is another is dropped", length(39, 1)),
        vxlan_malformed("VXLAN whose IP length is another is dropped", length(17, 1)),
        inner_malformed("an inner packet that is longer than its datagram is dropped", length(67, 1)),
        inner_malformed("an inner packet of another version is dropped", with(packet.clone(), 64, 0x65)),
        row("an inner packet that is not IPv4 is dropped", with(packet.clone(), 62, 0x86))
            .drops(DropReason::NotIpv4),
        row("reserved flags are ignored (RFC 7348)", with(packet.clone(), 42, 0xff))
            .redirects(Counter::FromNode, inner),
    ]
}

fn misdirected() -> Vec<Row> {
    let wrong_mac = udp((mac(ROUTED), mac(FAR)), &ip(FAR, NEIGHBOUR), PAYLOAD);
    vec![
        row("nobody in the network has the inner address", from_node_1(VNI, &from_far(NOBODY)))
            .drops(DropReason::NoEndpoint),
        row(
            "a container of another network is nobody, from outside too",
            from_node_1(VNI, &from_far(STRANGER)),
        )
        .drops(DropReason::NoEndpoint),
        row("the container lives on another node", from_node_1(VNI, &from_far(FAR)))
            .drops(DropReason::NotOurs),
        row("the container is in another subnet than the VNI's", from_node_1(VNI, &from_far(ROUTED)))
            .drops(DropReason::ForeignVni),
        row("the inner MAC is another's", from_node_1(VNI, &wrong_mac)).drops(DropReason::WrongMac),
    ]
}

/// RFC 6040 §4.2, the cells in which the outer header says something.
fn congested() -> Vec<Row> {
    let inner = |ecn| udp((mac(NEIGHBOUR), mac(FAR)), &Ipv4Header { ecn, ..ip(FAR, NEIGHBOUR) }, PAYLOAD);
    let packet = |outer, ecn| {
        let header = Ipv4Header { ecn: outer, ..outer_ip(FAR_VTEP, VTEP) };
        vxlan(MACS, &header, PORT, VNI, &inner(ecn))
    };
    let (not, ect1, ect0, met) = (IpEcn::ZERO, IpEcn::ONE, IpEcn::TWO, IpEcn::THREE);
    vec![
        row("congestion on the way is told to ECT(0)", packet(met, ect0))
            .redirects(Counter::FromNode, inner(met)),
        row("congestion on the way is told to ECT(1)", packet(met, ect1))
            .redirects(Counter::FromNode, inner(met)),
        row("congestion met before stays", packet(not, met)).redirects(Counter::FromNode, inner(met)),
        row("ECT(1) on the way is told to ECT(0)", packet(ect1, ect0))
            .redirects(Counter::FromNode, inner(ect1)),
        row("ECT(0) on the way is not told to ECT(1)", packet(ect0, ect1))
            .redirects(Counter::FromNode, inner(ect1)),
        row("congestion that the ends cannot hear of drops the packet", packet(met, not))
            .drops(DropReason::EcnNotCapable),
    ]
}
