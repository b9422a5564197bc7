//! Encapsulation (RFC 7348): the headers in front of a packet that travels to another node.
//!
//! ```text
//!  before                     | Ethernet 14 | IPv4 …
//!  room made behind the first 14 bytes:
//!         | Ethernet 14 |  50 new bytes     | IPv4 …
//!  after  | Ethernet 14 | IPv4 20 | UDP 8 | VXLAN 8 | Ethernet 14 | IPv4 …
//!         '------ OuterHeader, the node's template ------'
//! ```
//!
//! The template is copied whole; what differs from packet to packet is written over it: ECN, the
//! lengths, the IPv4 checksum (the template's sum and two more words), the source port, the VNI.

use causeway_common::{Endpoint, Mac, Node, OuterHeader};

use crate::wire::{ETHERNET_LEN, EncapsulatedFrame, IPV4, IPV4_LEN, copy_mac, copy_outer, fold};

/// The first port of the dynamic range (RFC 6335 §6), which has 2^14.
const DYNAMIC_PORTS: u16 = 0xc000;

/// What the outer headers must know of the packet behind them.
#[derive(Clone, Copy, Debug)]
pub struct Inner<'a> {
    /// The endpoint that it is for: its VNI goes on the wire, its MAC into the inner header.
    pub to: &'a Endpoint,
    /// The MAC that it comes from.
    pub source_mac: &'a Mac,
    /// ECN bits of its IP header.
    pub ecn: u8,
    /// Hash of its flow.
    pub hash: u32,
}

/// Writes the outer headers and the inner Ethernet header. `len` is the whole frame in bytes with
/// the outer headers, at most 65,549.
#[inline(always)]
pub fn write(frame: &mut EncapsulatedFrame, node: &Node, inner: &Inner<'_>, len: u32) {
    copy_outer(&mut frame.outer, &node.outer);
    fill(&mut frame.outer, node.ip_sum, inner, len);
    copy_mac(&mut frame.inner.dst, &inner.to.mac);
    copy_mac(&mut frame.inner.src, inner.source_mac);
    frame.inner.ethertype = IPV4;
}

/// Writes the fields that differ from packet to packet.
#[inline(always)]
fn fill(outer: &mut OuterHeader, template_sum: u16, inner: &Inner<'_>, len: u32) {
    let total = length(len, ETHERNET_LEN);
    // ECN is in the low byte of the header's first word.
    let sum = u32::from(template_sum) + u32::from(inner.ecn) + u32::from(total);
    outer.ip_tos = inner.ecn;
    outer.ip_total_len = total.to_be_bytes();
    outer.ip_checksum = (!fold(sum)).to_be_bytes();
    outer.udp_src = source_port(inner.hash).to_be_bytes();
    outer.udp_len = length(len, ETHERNET_LEN + IPV4_LEN).to_be_bytes();
    outer.vxlan_vni = (inner.to.vni << 8).to_be_bytes();
}

/// What is left of a frame behind `headers` bytes.
#[expect(clippy::cast_possible_truncation, reason = "the size step let no frame pass that is longer")]
#[inline(always)]
const fn length(frame: u32, headers: u32) -> u16 {
    frame.wrapping_sub(headers) as u16
}

/// A port of the dynamic range, from the flow's hash, so that the underlay can spread flows and
/// keep the packets of one in order (RFC 7348 §5).
#[inline(always)]
pub const fn source_port(hash: u32) -> u16 {
    DYNAMIC_PORTS | (hash >> 18) as u16
}
