//! The outer headers towards a node (RFC 7348), as far as they are the same for every packet.

use std::net::Ipv4Addr;

use causeway_common::{Node, OuterHeader, node};

use super::NextHop;
use crate::model::Mac;

/// The node table's entry for the node at `to`, reached from `from` by `hop`.
pub(super) fn node(from: Ipv4Addr, to: Ipv4Addr, vxlan_port: u16, hop: &NextHop) -> Node {
    let outer = OuterHeader {
        eth_dst: hop.dst_mac.map_or([0; 6], |mac| mac.0),
        eth_src: hop.src_mac.0,
        ethertype: 0x0800_u16.to_be_bytes(),
        ip_version_ihl: 0x45,
        ip_frag: 0x4000_u16.to_be_bytes(),
        ip_ttl: 64,
        ip_protocol: 17,
        ip_src: from.octets(),
        ip_dst: to.octets(),
        udp_dst: vxlan_port.to_be_bytes(),
        vxlan_flags: [0x08, 0, 0, 0],
        ..OuterHeader::default()
    };
    let flags = if hop.dst_mac.is_some() { node::RESOLVED } else { 0 };
    Node { outer, ip_sum: ip_sum(&outer), flags, ifindex: hop.ifindex, vtep: to.octets() }
}

/// The node table's entry for this node: its uplink, and the MAC that frames for it are sent to.
pub(super) fn here(uplink: u32, mac: Mac) -> Node {
    let outer = OuterHeader { eth_src: mac.0, ..OuterHeader::default() };
    Node { outer, ifindex: uplink, ..Node::default() }
}

/// One's complement sum (RFC 1071), not inverted, of the outer IPv4 header as the template has it.
fn ip_sum(outer: &OuterHeader) -> u16 {
    let [s0, s1, s2, s3] = outer.ip_src;
    let [d0, d1, d2, d3] = outer.ip_dst;
    let words = [
        [outer.ip_version_ihl, outer.ip_tos],
        outer.ip_total_len,
        outer.ip_id,
        outer.ip_frag,
        [outer.ip_ttl, outer.ip_protocol],
        outer.ip_checksum,
        [s0, s1],
        [s2, s3],
        [d0, d1],
        [d2, d3],
    ];
    words.into_iter().map(u16::from_be_bytes).fold(0, add)
}

/// One's complement addition: the carry goes in again at the bottom.
fn add(a: u16, b: u16) -> u16 {
    let (sum, carry) = a.overflowing_add(b);
    sum + u16::from(carry)
}
