//! What a packet says of the conversation that it belongs to.

use causeway_common::FlowKeyV4;
use network_types::ip::Ipv4Hdr;

use crate::wire::{Eight, ErrorFrame, ICMP, TCP, TransportFrame, UDP};

/// Version 4, no options.
pub const PLAIN: u8 = 0x45;
/// More fragments follow (RFC 791).
const MORE: u16 = 0x2000;
/// Where in the packet a fragment belongs, in units of 8 bytes.
const OFFSET: u16 = 0x1fff;

/// ICMP: the answer to an echo.
pub const ECHO_REPLY: u8 = 0;
/// ICMP: the destination cannot be reached; with code 4, it takes smaller packets only.
pub const UNREACHABLE: u8 = 3;
/// ICMP: an echo is asked for.
pub const ECHO: u8 = 8;
/// ICMP: the time to live ran out.
pub const TIME_EXCEEDED: u8 = 11;
/// ICMP: a header is wrong.
const PARAMETER_PROBLEM: u8 = 12;

/// What a packet says of its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It belongs to the one with this tuple.
    Whole(FlowKeyV4),
    /// It is the first fragment of a packet of the one with this tuple.
    First(FlowKeyV4),
    /// It is a later fragment: the ports are elsewhere.
    Later,
    /// It is an ICMP error about a packet of one.
    Error,
    /// Nothing that can be told apart by ports.
    Nothing,
}

/// Reads the tuple of a packet seen in the network `vni` (network order).
#[inline(always)]
pub fn seen(frame: &TransportFrame, vni: [u8; 3]) -> Seen {
    let fragment = u16::from_be_bytes(frame.ip.frags);
    if fragment & OFFSET != 0 {
        return Seen::Later;
    }
    if frame.ip.vihl != PLAIN {
        return Seen::Nothing;
    }
    match ports(&frame.ip, &frame.eight) {
        Some(_) if is_error(&frame.ip, &frame.eight) => Seen::Error,
        Some((src, dst)) if fragment & MORE != 0 => Seen::First(key(&frame.ip, src, dst, vni)),
        Some((src, dst)) => Seen::Whole(key(&frame.ip, src, dst, vni)),
        None => Seen::Nothing,
    }
}

/// The tuple of TCP or UDP, whole and without IP options, seen in the network `vni` (network order): what [`seen`]
/// says of the plainest packets, and of no others.
#[inline(always)]
pub fn plain(frame: &TransportFrame, vni: [u8; 3]) -> Option<FlowKeyV4> {
    let TransportFrame { ip, eight, .. } = frame;
    // One after the other: all at once the compiler writes down each answer.
    if ip.vihl != PLAIN {
        return None;
    }
    if u16::from_be_bytes(ip.frags) & (MORE | OFFSET) != 0 {
        return None;
    }
    match ip.proto {
        TCP | UDP => Some(key(ip, eight.first, eight.second, vni)),
        _ => None,
    }
}

/// What a packet says that is too short for ports.
#[inline(always)]
pub fn without_ports(ip: &Ipv4Hdr) -> Seen {
    if u16::from_be_bytes(ip.frags) & OFFSET != 0 { Seen::Later } else { Seen::Nothing }
}

/// The tuple of the conversation that an ICMP error is about, in the direction of the error itself:
/// the quoted packet travelled the other way. `None` where what is quoted has no ports, or is a
/// fragment that does not show them, or the error answers another packet's sender.
#[inline(always)]
pub fn complained_of(frame: &ErrorFrame, vni: [u8; 3]) -> Option<FlowKeyV4> {
    let quoted = &frame.quoted_ip;
    let shows_ports = quoted.vihl == PLAIN && u16::from_be_bytes(quoted.frags) & OFFSET == 0;
    if !shows_ports || quoted.src_addr != frame.ip.dst_addr || is_error(quoted, &frame.quoted) {
        return None;
    }
    let (src, dst) = ports(quoted, &frame.quoted)?;
    Some(key(quoted, src, dst, vni).reversed(vni))
}

/// Ports of TCP and UDP; the identifier of an ICMP echo, twice. An ICMP error passes with whatever
/// stands there, for [`is_error`] to see.
#[inline(always)]
fn ports(ip: &Ipv4Hdr, eight: &Eight) -> Option<([u8; 2], [u8; 2])> {
    match ip.proto {
        TCP | UDP => Some((eight.first, eight.second)),
        ICMP if matches!(eight.first, [ECHO | ECHO_REPLY, 0]) => Some((eight.third, eight.third)),
        ICMP if is_error(ip, eight) => Some(([0; 2], [0; 2])),
        _ => None,
    }
}

/// Whether this is an ICMP error (RFC 1122 §3.2.2).
#[inline(always)]
fn is_error(ip: &Ipv4Hdr, eight: &Eight) -> bool {
    ip.proto == ICMP && matches!(eight.first[0], UNREACHABLE | TIME_EXCEEDED | PARAMETER_PROBLEM)
}

#[inline(always)]
fn key(ip: &Ipv4Hdr, src_port: [u8; 2], dst_port: [u8; 2], vni: [u8; 3]) -> FlowKeyV4 {
    let Ipv4Hdr { src_addr: src, dst_addr: dst, proto: protocol, .. } = *ip;
    FlowKeyV4 { src, dst, src_port, dst_port, protocol, vni }
}

/// Whether an ICMP packet asks for an echo: only such begins a conversation.
#[inline(always)]
pub fn asks(frame: &TransportFrame) -> bool {
    frame.eight.first == [ECHO, 0]
}

/// Whether this is UDP, whole and without IP options.
#[inline(always)]
pub const fn is_datagram(frame: &TransportFrame) -> bool {
    let fragment = u16::from_be_bytes(frame.ip.frags);
    frame.ip.proto == UDP && frame.ip.vihl == PLAIN && fragment & (MORE | OFFSET) == 0
}
