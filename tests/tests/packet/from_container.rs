//! Rows: what a container sends, up to the endpoint being found.

use causeway::{
    kernel::{Hook, SkbContext},
    plan::Step,
};
use causeway_common::{Counter, DropReason};
use causeway_tests::dataplane::{
    packets::{PAYLOAD, by_gateway, from_sender, ip, tcp, udp, who_has},
    translated::expired,
    world::{self, FAR, GATEWAY, NEIGHBOUR, NOBODY, ROUTED, SENDER, STRANGER, mac},
};
use etherparse::{IpEcn, IpFragOffset, IpNumber, Ipv4Header, Ipv4Options};

use crate::row::Row;

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromContainer, sentence, packet)
}

/// The packet with one byte changed.
fn with(mut packet: Vec<u8>, offset: usize, byte: u8) -> Vec<u8> {
    packet[offset] = byte;
    packet
}

/// The packet with an EtherType or a tag instead of its own.
fn typed(mut packet: Vec<u8>, ethertype: u16) -> Vec<u8> {
    packet[12..14].copy_from_slice(&ethertype.to_be_bytes());
    packet
}

/// From the sender to a neighbour, under other headers.
fn sent(macs: (causeway_common::Mac, causeway_common::Mac), ip: &Ipv4Header) -> Vec<u8> {
    udp(macs, ip, PAYLOAD)
}

pub(crate) fn rows() -> Vec<Row> {
    [delivered(), routed(), malformed(), spoofed(), nowhere(), sizes()].into_iter().flatten().collect()
}

fn delivered() -> Vec<Row> {
    let to = (mac(NEIGHBOUR), mac(SENDER));
    let options = Ipv4Header { options: Ipv4Options::from([1; 8]), ..ip(SENDER, NEIGHBOUR) };
    let packet = from_sender(NEIGHBOUR);
    vec![
        row("a neighbour on this node gets the packet as it is", packet.clone())
            .redirects(Counter::ToLocal, packet),
        row("so does a packet with IP options", sent(to, &options))
            .redirects(Counter::ToLocal, sent(to, &options)),
    ]
}

fn routed() -> Vec<Row> {
    let in_macs = (mac(GATEWAY), mac(SENDER));
    let out = |dst, ttl| {
        let header = Ipv4Header { time_to_live: ttl, ..ip(SENDER, dst) };
        sent((mac(dst), mac(GATEWAY)), &header)
    };
    let dying = |ttl| sent(in_macs, &Ipv4Header { time_to_live: ttl, ..ip(SENDER, ROUTED) });
    let told = |about: &[u8]| expired((mac(SENDER), mac(GATEWAY)), GATEWAY, SENDER, about);
    let later = Ipv4Header {
        fragment_offset: IpFragOffset::try_new(8).expect("small"),
        time_to_live: 1,
        ..ip(SENDER, ROUTED)
    };
    let later = sent(in_macs, &later);
    vec![
        row("the gateway carries a packet to the other subnet, one hop less", by_gateway(ROUTED))
            .redirects(Counter::ToLocal, out(ROUTED, 63)),
        row("the gateway carries a packet back into the same subnet", by_gateway(NEIGHBOUR))
            .redirects(Counter::ToLocal, out(NEIGHBOUR, 63)),
        row("the gateway carries a packet with two hops left", dying(2))
            .redirects(Counter::ToLocal, out(ROUTED, 1)),
        row("a packet with one hop left dies at the gateway, which says so", dying(1))
            .comes_back_expired(told(&dying(1))),
        row("so does a packet with no hop left", dying(0)).comes_back_expired(told(&dying(0))),
        row("of a later fragment that dies there nothing is said", later).drops(DropReason::TtlExpired),
    ]
}

fn malformed() -> Vec<Row> {
    let packet = from_sender(NEIGHBOUR);
    let tail = packet.len();
    vec![
        row("a frame shorter than Ethernet and IPv4 is malformed", who_has(FAR)[..33].to_vec())
            .drops(DropReason::Malformed),
        row("IP version 5 under IPv4's EtherType is malformed", with(packet.clone(), 14, 0x55))
            .drops(DropReason::Malformed),
        row("an IPv4 header of four words is malformed", with(packet.clone(), 14, 0x44))
            .drops(DropReason::Malformed),
        row("an IPv4 packet shorter than its header is malformed", with(with(packet.clone(), 16, 0), 17, 19))
            .drops(DropReason::Malformed),
        row("a frame that ends before its IPv4 packet does is malformed", packet[..tail - 1].to_vec())
            .drops(DropReason::Malformed),
        row("an IPv6 packet is not carried", typed(packet.clone(), 0x86dd)).drops(DropReason::NotIpv4),
        row("a VLAN tag is refused", typed(packet.clone(), 0x8100)).drops(DropReason::VlanTagged),
        row("a service VLAN tag is refused", typed(packet, 0x88a8)).drops(DropReason::VlanTagged),
    ]
}

fn spoofed() -> Vec<Row> {
    let packet = from_sender(NEIGHBOUR);
    let foreign_mac = sent((mac(NEIGHBOUR), mac(FAR)), &ip(SENDER, NEIGHBOUR));
    let foreign_addr = sent((mac(NEIGHBOUR), mac(SENDER)), &ip(FAR, NEIGHBOUR));
    vec![
        row("a packet from an interface without attachment is dropped", packet)
            .after(Step::DeleteAttachment(world::SENDER_IFINDEX))
            .drops(DropReason::NoAttachment),
        row("a packet with another's MAC is dropped", foreign_mac).drops(DropReason::SpoofedMac),
        row("a packet with another's address is dropped", foreign_addr).drops(DropReason::SpoofedIp),
    ]
}

fn nowhere() -> Vec<Row> {
    let under = |dst, header: &Ipv4Header| sent((dst, mac(SENDER)), header);
    let everyone = ip(SENDER, [10, 9, 0, 255]);
    let group = ip(SENDER, [224, 0, 0, 251]);
    let known = ip(SENDER, NEIGHBOUR);
    vec![
        row("nobody has the address", from_sender(NOBODY)).drops(DropReason::NoEndpoint),
        row("nobody behind the gateway has the address", by_gateway(NOBODY)).drops(DropReason::NoEndpoint),
        row("a container of another network is nobody", from_sender(STRANGER)).drops(DropReason::NoEndpoint),
        row("the destination MAC is another neighbour's", under(mac(FAR), &known))
            .drops(DropReason::WrongMac),
        row("a broadcast is not flooded", under([0xff; 6], &everyone)).drops(DropReason::Broadcast),
        row("a broadcast to a neighbour's address is none to the neighbour", under([0xff; 6], &known))
            .drops(DropReason::Broadcast),
        row("a multicast is not flooded", under([1, 0, 0x5e, 0, 0, 0xfb], &group))
            .drops(DropReason::Multicast),
        row(
            "a multicast to a neighbour's address is none to the neighbour",
            under([1, 0, 0x5e, 0, 0, 0xfb], &known),
        )
        .drops(DropReason::Multicast),
    ]
}

fn sizes() -> Vec<Row> {
    let macs = (mac(NEIGHBOUR), mac(SENDER));
    let full = |bytes: usize| udp(macs, &ip(SENDER, NEIGHBOUR), &vec![7; bytes - 28]);
    let marked = Ipv4Header { ecn: IpEcn::ONE, ..ip(SENDER, NEIGHBOUR) };
    let stream = tcp(macs, &Ipv4Header { protocol: IpNumber::TCP, ..ip(SENDER, NEIGHBOUR) }, &[7; 3000]);
    let datagrams = udp(macs, &ip(SENDER, NEIGHBOUR), &[7; 3000]);
    let gso = |gso_size| SkbContext { gso_size, gso_segs: 3, ..SkbContext::default() };
    vec![
        row("a GSO packet whose segments are of the MTU fits", stream.clone())
            .skb(gso(1410))
            .redirects(Counter::ToLocal, stream.clone()),
        row("a GSO packet whose segments are one byte longer does not", stream)
            .skb(gso(1411))
            .drops(DropReason::TooBig),
        row("a GSO packet whose datagrams are of the MTU fits", datagrams.clone())
            .skb(gso(1422))
            .redirects(Counter::ToLocal, datagrams.clone()),
        row("a GSO packet whose datagrams are one byte longer does not", datagrams)
            .skb(gso(1423))
            .drops(DropReason::TooBig),
        row("a packet of the MTU fits", full(1450)).redirects(Counter::ToLocal, full(1450)),
        row("a packet of one byte more does not", full(1451)).drops(DropReason::TooBig),
        row("ECN stays as it is on this node", sent(macs, &marked))
            .redirects(Counter::ToLocal, sent(macs, &marked)),
    ]
}
