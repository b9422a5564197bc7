//! Nodes: the outer headers that carry packets to them.

use crate::{Ipv4, Mac};

/// Index of this node itself in the node table; of an outer header it has the uplink's MAC alone, which frames for the
/// node are sent to.
pub const LOCAL: u32 = 0;

/// [`Node::flags`]: the next hop's MAC is in the template, a plain `bpf_redirect` will do.
/// Without it the packet goes out by `bpf_redirect_neigh`, which resolves the next hop itself.
pub const RESOLVED: u32 = 1;

/// Ethernet, IPv4, UDP and VXLAN headers in front of the inner Ethernet frame (RFC 7348).
///
/// The template stands in [`Node`]; a packet's own fields (`ip_tos`' ECN bits, `ip_total_len`,
/// `ip_checksum`, `udp_src`, `udp_len`, `vxlan_vni`) are zero in it and written per packet.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct OuterHeader {
    /// MAC of the next hop towards the node.
    pub eth_dst: Mac,
    /// MAC of the uplink.
    pub eth_src: Mac,
    /// 0x0800.
    pub ethertype: [u8; 2],
    /// 0x45.
    pub ip_version_ihl: u8,
    /// DSCP 0; ECN copied from the inner packet (RFC 6040).
    pub ip_tos: u8,
    /// Per packet.
    pub ip_total_len: [u8; 2],
    /// 0: the packet is never fragmented (RFC 6864).
    pub ip_id: [u8; 2],
    /// 0x4000: do not fragment.
    pub ip_frag: [u8; 2],
    /// 64.
    pub ip_ttl: u8,
    /// 17, UDP.
    pub ip_protocol: u8,
    /// Per packet, from [`Node::ip_sum`].
    pub ip_checksum: [u8; 2],
    /// This node's VTEP.
    pub ip_src: Ipv4,
    /// The other node's VTEP.
    pub ip_dst: Ipv4,
    /// Per packet, from the flow's hash (RFC 7348 §5, RFC 6335 dynamic range).
    pub udp_src: [u8; 2],
    /// The cluster's VXLAN port, 4789 unless configured.
    pub udp_dst: [u8; 2],
    /// Per packet.
    pub udp_len: [u8; 2],
    /// 0: no checksum (RFC 7348 §5).
    pub udp_checksum: [u8; 2],
    /// 0x08 00 00 00: the VNI is valid.
    pub vxlan_flags: [u8; 4],
    /// Per packet: VNI in the upper three bytes.
    pub vxlan_vni: [u8; 4],
}

/// All that a packet needs to travel to a node: one cache line, copied in words of 8 bytes.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Node {
    /// The outer headers.
    pub outer: OuterHeader,
    /// One's complement sum, not inverted, folded to 16 bits, of the outer IPv4 header's words in
    /// network order read as numbers, with `ip_tos`, `ip_total_len` and `ip_checksum` as zero.
    pub ip_sum: u16,
    /// [`RESOLVED`].
    pub flags: u32,
    /// The uplink towards the node; 0: there is no such node.
    pub ifindex: u32,
    /// The node's VTEP (again, for `from_uplink` and for reading).
    pub vtep: Ipv4,
}
