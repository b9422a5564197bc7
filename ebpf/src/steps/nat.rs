//! Translation (RFC 3022): what a packet's addresses and ports become, and its checksums with them
//! (RFC 1624).
//!
//! All that depends on the conversation and not on the packet is worked out once, when the flow is
//! made: new words, and what changes in the sums. A packet costs the writes and an addition.
//!
//! TCP's and UDP's checksums are not touched here. The kernel may have left them for the hardware to
//! finish, which only the skb knows; the hook hands the deltas to `bpf_l4_csum_replace`.

use causeway_common::{Flow, FlowKeyV4, Ipv4, Port};

use crate::wire::{ICMP, IpHeader, TransportFrame, add_delta, copy_mac, delta, invert};

/// What the original direction's packets become. Aligned as a flow's tuple is.
#[repr(align(4))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translation {
    /// Source address.
    pub src: Ipv4,
    /// Destination address.
    pub dst: Ipv4,
    /// Source port; an ICMP echo's identifier.
    pub src_port: Port,
    /// Destination port; of no meaning for ICMP.
    pub dst_port: Port,
}

/// Writes what the packets of `key` become into their flow.
#[inline(always)]
pub fn decide(flow: &mut Flow, key: &FlowKeyV4, to: &Translation) {
    let icmp = key.protocol == ICMP;
    (flow.src, flow.dst, flow.src_port) = (to.src, to.dst, to.src_port);
    flow.dst_port = if icmp { to.src_port } else { to.dst_port };
    flow.address_delta = addresses(key, to);
    flow.port_delta = if icmp {
        delta([key.src_port], [flow.src_port])
    } else {
        delta([key.src_port, key.dst_port], [flow.src_port, flow.dst_port])
    };
}

/// Writes what the answers to the packets of `key` become, which turn into `flow`.
#[inline(always)]
pub fn answer(reply: &mut Flow, key: &FlowKeyV4, flow: &Flow) {
    (reply.src, reply.dst) = (key.dst, key.src);
    (reply.src_port, reply.dst_port) = (key.dst_port, key.src_port);
    reply.address_delta = invert(flow.address_delta);
    reply.port_delta = invert(flow.port_delta);
}

/// What changes in a sum over both addresses.
#[inline(always)]
fn addresses(key: &FlowKeyV4, to: &Translation) -> [u8; 2] {
    let ([a, b, c, d], [e, f, g, h]) = (key.src, key.dst);
    let ([i, j, k, l], [m, n, o, p]) = (to.src, to.dst);
    delta([[a, b], [c, d], [e, f], [g, h]], [[i, j], [k, l], [m, n], [o, p]])
}

/// Writes the packet that this one becomes: MACs, addresses, ports, one hop less, the IPv4 checksum.
#[inline(always)]
pub fn rewrite(frame: &mut TransportFrame, flow: &Flow) {
    copy_mac(&mut frame.eth.dst, &flow.dst_mac);
    copy_mac(&mut frame.eth.src, &flow.src_mac);
    frame.ip.take_hop();
    frame.ip.check = add_delta(frame.ip.check, flow.address_delta);
    (frame.ip.src_addr, frame.ip.dst_addr) = (flow.src, flow.dst);
    if frame.ip.proto == ICMP {
        frame.eight.third = flow.src_port;
    } else {
        (frame.eight.first, frame.eight.second) = (flow.src_port, flow.dst_port);
    }
}
