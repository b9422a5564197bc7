//! Packets, built by etherparse: an implementation of the same RFCs that is not ours.

use causeway_common::{Ipv4, Mac};
use etherparse::{
    ArpEthIpv4Packet, ArpOperation, IpDscp, IpEcn, IpFragOffset, IpHeaders, IpNumber, Ipv4Header,
    Ipv4Options, PacketBuilder,
};

use super::world;

/// The payload of the packets here.
pub const PAYLOAD: &[u8] = b"over the causeway";

/// An IPv4 header as a container sends it: TTL 64, may be fragmented, no options.
pub fn ip(src: Ipv4, dst: Ipv4) -> Ipv4Header {
    Ipv4Header {
        dscp: IpDscp::ZERO,
        ecn: IpEcn::ZERO,
        total_len: 0,
        identification: 0x1234,
        dont_fragment: false,
        more_fragments: false,
        fragment_offset: IpFragOffset::ZERO,
        time_to_live: 64,
        protocol: IpNumber::UDP,
        header_checksum: 0,
        source: src,
        destination: dst,
        options: Ipv4Options::default(),
    }
}

/// An outer IPv4 header as a node sends it.
pub fn outer_ip(src: Ipv4, dst: Ipv4) -> Ipv4Header {
    Ipv4Header { identification: 0, dont_fragment: true, ..ip(src, dst) }
}

/// A UDP packet under the given headers.
pub fn udp(macs: (Mac, Mac), ip: &Ipv4Header, payload: &[u8]) -> Vec<u8> {
    let (dst, src) = macs;
    let builder = PacketBuilder::ethernet2(src, dst);
    let builder = builder.ip(IpHeaders::Ipv4(ip.clone(), Default::default())).udp(5000, 6000);
    let mut packet = Vec::new();
    builder.write(&mut packet, payload).expect("a vector takes every packet");
    packet
}

/// A TCP packet under the given headers.
pub fn tcp(macs: (Mac, Mac), ip: &Ipv4Header, payload: &[u8]) -> Vec<u8> {
    let (dst, src) = macs;
    let builder = PacketBuilder::ethernet2(src, dst);
    let builder = builder.ip(IpHeaders::Ipv4(ip.clone(), Default::default())).tcp(5000, 6000, 1, 64_000);
    let mut packet = Vec::new();
    builder.write(&mut packet, payload).expect("a vector takes every packet");
    packet
}

/// A UDP packet from the sender to an address, by the address' own MAC.
pub fn from_sender(dst: Ipv4) -> Vec<u8> {
    udp((world::mac(dst), world::mac(world::SENDER)), &ip(world::SENDER, dst), PAYLOAD)
}

/// A UDP packet from the sender to an address, by the gateway.
pub fn by_gateway(dst: Ipv4) -> Vec<u8> {
    udp((world::mac(world::GATEWAY), world::mac(world::SENDER)), &ip(world::SENDER, dst), PAYLOAD)
}

/// A UDP packet from a container of node 1 to an address here.
pub fn from_far(dst: Ipv4) -> Vec<u8> {
    udp((world::mac(dst), world::mac(world::FAR)), &ip(world::FAR, dst), PAYLOAD)
}

/// A frame in VXLAN from this node to node 1, with source port 0.
pub fn to_node_1(vni: u32, inner: &[u8]) -> Vec<u8> {
    vxlan(
        (world::FAR_MAC, world::UPLINK_MAC),
        &outer_ip(world::VTEP, world::FAR_VTEP),
        world::PORT,
        vni,
        inner,
    )
}

/// A frame in VXLAN from node 1 to this node.
pub fn from_node_1(vni: u32, inner: &[u8]) -> Vec<u8> {
    vxlan(
        (world::UPLINK_MAC, world::FAR_MAC),
        &outer_ip(world::FAR_VTEP, world::VTEP),
        world::PORT,
        vni,
        inner,
    )
}

/// A frame in VXLAN (RFC 7348), UDP checksum 0, source port 0.
pub fn vxlan(macs: (Mac, Mac), ip: &Ipv4Header, port: u16, vni: u32, inner: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = vni.to_be_bytes();
    let mut payload = vec![8, 0, 0, 0, a, b, c, 0];
    payload.extend(inner);
    let (dst, src) = macs;
    let builder = PacketBuilder::ethernet2(src, dst);
    let builder = builder.ip(IpHeaders::Ipv4(ip.clone(), Default::default())).udp(0, port);
    let mut packet = Vec::new();
    builder.write(&mut packet, &payload).expect("a vector takes every packet");
    packet[40..42].fill(0);
    packet
}

/// An ARP packet: operation, sender, target.
pub fn arp(macs: (Mac, Mac), operation: ArpOperation, sender: (Mac, Ipv4), target: (Mac, Ipv4)) -> Vec<u8> {
    let (dst, src) = macs;
    let packet = ArpEthIpv4Packet {
        operation,
        sender_mac: sender.0,
        sender_ipv4: sender.1,
        target_mac: target.0,
        target_ipv4: target.1,
    };
    let mut bytes = Vec::new();
    let builder = PacketBuilder::ethernet2(src, dst).arp(packet.into());
    builder.write(&mut bytes).expect("a vector takes every packet");
    bytes
}

/// The sender asks everyone who has an address.
pub fn who_has(addr: Ipv4) -> Vec<u8> {
    let sender = (world::mac(world::SENDER), world::SENDER);
    arp(([0xff; 6], sender.0), ArpOperation::REQUEST, sender, ([0; 6], addr))
}

/// The answer to it.
pub fn is_at(addr: Ipv4) -> Vec<u8> {
    let sender = (world::mac(world::SENDER), world::SENDER);
    let mac = world::mac(addr);
    arp((sender.0, mac), ArpOperation::REPLY, (mac, addr), sender)
}
