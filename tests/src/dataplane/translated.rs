//! Packets with ports of their own choice, and ICMP; built by etherparse.

use causeway_common::{Ipv4, Mac};
use etherparse::{
    IcmpEchoHeader, Icmpv4Header, Icmpv4Type, IpHeaders, IpNumber, Ipv4Header, PacketBuilder, TcpHeader,
    UdpHeader, icmpv4,
};

use super::packets::{PAYLOAD, ip};

/// An address and a port.
pub type At = (Ipv4, u16);

/// What a packet carries.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// TCP with these flags (RFC 9293: FIN 1, SYN 2, RST 4, ACK 16).
    Tcp(u8),
    /// UDP.
    Udp,
    /// UDP without a checksum.
    UdpUnchecked,
    /// An echo is asked for; its identifier is the source's port.
    Echo,
    /// An echo is answered; its identifier is the source's port.
    EchoReply,
}

/// SYN.
pub const SYN: Kind = Kind::Tcp(2);
/// SYN and ACK.
pub const SYN_ACK: Kind = Kind::Tcp(18);
/// ACK.
pub const ACK: Kind = Kind::Tcp(16);
/// RST.
pub const RST: Kind = Kind::Tcp(4);

/// A packet from an end to another; `hops` are those it may still take.
pub fn packet(kind: Kind, macs: (Mac, Mac), from: At, to: At, hops: u8) -> Vec<u8> {
    under(kind, macs, Ipv4Header { time_to_live: hops, ..ip(from.0, to.0) }, (from.1, to.1))
}

/// A packet under a header of its own.
pub fn under(kind: Kind, macs: (Mac, Mac), ip: Ipv4Header, ports: (u16, u16)) -> Vec<u8> {
    carrying(kind, macs, ip, ports, PAYLOAD)
}

/// A packet with a payload of its own.
pub fn carrying(
    kind: Kind,
    macs: (Mac, Mac),
    mut ip: Ipv4Header,
    ports: (u16, u16),
    payload: &[u8],
) -> Vec<u8> {
    ip.protocol = match kind {
        Kind::Tcp(_) => IpNumber::TCP,
        Kind::Udp | Kind::UdpUnchecked => IpNumber::UDP,
        Kind::Echo | Kind::EchoReply => IpNumber::ICMP,
    };
    let transport = transport(kind, &ip, ports, payload);
    frame(macs, ip, &[transport.as_slice(), payload].concat())
}

/// A frame with an IPv4 packet.
pub fn frame((dst, src): (Mac, Mac), mut ip: Ipv4Header, payload: &[u8]) -> Vec<u8> {
    ip.set_payload_len(payload.len()).expect("it fits");
    let protocol = ip.protocol;
    let builder = PacketBuilder::ethernet2(src, dst).ip(IpHeaders::Ipv4(ip, Default::default()));
    let mut bytes = Vec::new();
    builder.write(&mut bytes, protocol, payload).expect("a vector takes every packet");
    bytes
}

fn transport(kind: Kind, ip: &Ipv4Header, (src, dst): (u16, u16), payload: &[u8]) -> Vec<u8> {
    let echo = IcmpEchoHeader { id: src, seq: 3 };
    match kind {
        Kind::Tcp(flags) => {
            let mut header = TcpHeader::new(src, dst, 1000, 64_000);
            (header.fin, header.syn) = (flags & 1 != 0, flags & 2 != 0);
            (header.rst, header.ack) = (flags & 4 != 0, flags & 16 != 0);
            header.checksum = header.calc_checksum_ipv4(ip, payload).expect("it fits");
            header.to_bytes().to_vec()
        }
        Kind::Udp => {
            UdpHeader::with_ipv4_checksum(src, dst, ip, payload).expect("it fits").to_bytes().to_vec()
        }
        Kind::UdpUnchecked => {
            let header = UdpHeader::without_ipv4_checksum(src, dst, payload.len()).expect("it fits");
            header.to_bytes().to_vec()
        }
        Kind::Echo => Icmpv4Header::with_checksum(Icmpv4Type::EchoRequest(echo), payload).to_bytes().to_vec(),
        Kind::EchoReply => {
            Icmpv4Header::with_checksum(Icmpv4Type::EchoReply(echo), payload).to_bytes().to_vec()
        }
    }
}

/// An ICMP error from an address to another, quoting so much of a frame's IP packet.
pub fn error(macs: (Mac, Mac), from: Ipv4, to: Ipv4, hops: u8, about: (&[u8], usize)) -> Vec<u8> {
    let quote = &about.0[14..14 + about.1];
    let kind = Icmpv4Type::DestinationUnreachable(icmpv4::DestUnreachableHeader::Port);
    message(macs, Ipv4Header { time_to_live: hops, ..ip(from, to) }, kind, quote)
}

/// "Too big", quoting 68 bytes of a frame's IP packet.
pub fn too_big(macs: (Mac, Mac), from: Ipv4, to: Ipv4, mtu: u16, about: &[u8]) -> Vec<u8> {
    let kind = icmpv4::DestUnreachableHeader::FragmentationNeeded { next_hop_mtu: mtu };
    let header = Ipv4Header { identification: 0, ..ip(from, to) };
    message(macs, header, Icmpv4Type::DestinationUnreachable(kind), &about[14..82])
}

/// "Time to live exceeded in transit", quoting 68 bytes of a frame's IP packet, with zeroes where it ends
/// before.
pub fn expired(macs: (Mac, Mac), from: Ipv4, to: Ipv4, about: &[u8]) -> Vec<u8> {
    let mut quote = about[14..].to_vec();
    quote.resize(68, 0);
    let header = Ipv4Header { identification: 0, ..ip(from, to) };
    let kind = Icmpv4Type::TimeExceeded(icmpv4::TimeExceededCode::TtlExceededInTransit);
    message(macs, header, kind, &quote)
}

fn message(macs: (Mac, Mac), ip: Ipv4Header, kind: Icmpv4Type, quote: &[u8]) -> Vec<u8> {
    let icmp = Icmpv4Header::with_checksum(kind, quote).to_bytes();
    frame(macs, Ipv4Header { protocol: IpNumber::ICMP, ..ip }, &[&icmp, quote].concat())
}

/// "Port unreachable", quoting 68 bytes of a frame's IP packet, with zeroes where it ends before.
pub fn unreachable(macs: (Mac, Mac), from: Ipv4, to: Ipv4, about: &[u8]) -> Vec<u8> {
    let mut quote = about[14..].to_vec();
    quote.resize(68, 0);
    let header = Ipv4Header { identification: 0, ..ip(from, to) };
    let kind = Icmpv4Type::DestinationUnreachable(icmpv4::DestUnreachableHeader::Port);
    message(macs, header, kind, &quote)
}

/// A reset with a sequence number, which acknowledges something or nothing.
pub fn reset(macs: (Mac, Mac), from: At, to: At, (sequence, acknowledges): (u32, Option<u32>)) -> Vec<u8> {
    let header = Ipv4Header { identification: 0, protocol: IpNumber::TCP, ..ip(from.0, to.0) };
    let mut tcp = TcpHeader::new(from.1, to.1, sequence, 0);
    tcp.rst = true;
    (tcp.ack, tcp.acknowledgment_number) = (acknowledges.is_some(), acknowledges.unwrap_or_default());
    tcp.checksum = tcp.calc_checksum_ipv4(&header, &[]).expect("it fits");
    frame(macs, header, &tcp.to_bytes())
}

/// A TCP segment with options and these flags.
pub fn with_options(
    flags: u8,
    macs: (Mac, Mac),
    ip: Ipv4Header,
    ports: (u16, u16),
    options: &[u8],
) -> Vec<u8> {
    let ip = Ipv4Header { protocol: IpNumber::TCP, ..ip };
    let mut tcp = TcpHeader::new(ports.0, ports.1, 1000, 64_000);
    (tcp.syn, tcp.ack) = (flags & 2 != 0, flags & 16 != 0);
    tcp.set_options_raw(options).expect("they fit");
    tcp.checksum = tcp.calc_checksum_ipv4(&ip, PAYLOAD).expect("it fits");
    frame(macs, ip, &[tcp.to_bytes().as_slice(), PAYLOAD].concat())
}
