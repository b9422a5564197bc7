//! Which of the uplink's packets are Causeway's; all others are the host's. And who may not send such.

use causeway_common::{FlowKeyV4, Ipv4};

use crate::wire::{IPV4, TransportFrame, UDP};

/// Version 4, no options.
const PLAIN: u8 = 0x45;
/// More fragments follow, or this is not the first (RFC 791): flag and offset.
const FRAGMENT: u16 = 0x3fff;

/// Whether this is VXLAN for this node: UDP, whole, to the VTEP and the VXLAN port. Outer options
/// and fragments are never sent by a node, so such a packet is left to the host as well.
#[inline(always)]
pub fn is_mine(frame: &TransportFrame, vtep: Ipv4, port: u16) -> bool {
    frame.eight.second == port.to_be_bytes()
        && frame.ip.dst_addr == vtep
        && frame.ip.proto == UDP
        && frame.ip.vihl == PLAIN
        && frame.eth.ethertype == IPV4
        && u16::from_be_bytes(frame.ip.frags) & FRAGMENT == 0
}

/// Whether a node would take this for VXLAN, if the one that has the destination's address is one.
#[inline(always)]
pub fn may_pass_for_vxlan(key: &FlowKeyV4, port: u16) -> bool {
    key.protocol == UDP && key.dst_port == port.to_be_bytes()
}
