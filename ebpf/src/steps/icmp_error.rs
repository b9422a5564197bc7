//! ICMP errors about translated packets (RFC 5508 §4, RFC 3022 §4.3).
//!
//! An error travels against the packet that it quotes. So it is translated like the packets of its
//! own direction, and what it quotes becomes what the other end has sent:
//!
//! ```text
//!  flow      src -> src', dst -> dst'
//!  error     from src (or a router), to dst     becomes   from src' (or the router), to dst'
//!  quoted    from dst, to src                   becomes   from dst', to src'
//! ```
//!
//! Three checksums change: the error's IPv4 header's, the quoted header's, and the error's own, which
//! covers all that is quoted. The quoted transport's is kept right where it is quoted.

use causeway_common::{Flow, FlowKeyV4};
use network_types::ip::Ipv4Hdr;

use crate::wire::{
    Eight, ErrorFrame, ICMP, IpHeader, TCP, Tcp, UDP, add_delta, change, copy_mac, delta, replace,
};

/// Writes what the error becomes. `quoted_tcp` fixes a quoted TCP checksum afterwards.
#[inline(always)]
pub fn rewrite(frame: &mut ErrorFrame, key: &FlowKeyV4, flow: &Flow) {
    copy_mac(&mut frame.eth.dst, &flow.dst_mac);
    copy_mac(&mut frame.eth.src, &flow.src_mac);
    outer(&mut frame.ip, key, flow);
    let checksum = &mut frame.icmp.second;
    quoted_header(checksum, &mut frame.quoted_ip, flow);
    quoted_ports(checksum, &mut frame.quoted, flow, frame.quoted_ip.proto);
}

/// The error's own header. A router on the way keeps its address.
#[inline(always)]
fn outer(ip: &mut Ipv4Hdr, key: &FlowKeyV4, flow: &Flow) {
    let src = if ip.src_addr == key.src { flow.src } else { ip.src_addr };
    let ([a, b, c, d], [e, f, g, h]) = (ip.src_addr, ip.dst_addr);
    let ([i, j, k, l], [m, n, o, p]) = (src, flow.dst);
    let delta = delta([[a, b], [c, d], [e, f], [g, h]], [[i, j], [k, l], [m, n], [o, p]]);
    ip.take_hop();
    ip.check = add_delta(ip.check, delta);
    (ip.src_addr, ip.dst_addr) = (src, flow.dst);
}

/// The quoted header: the same words change as in the flow's packets, in the other places.
#[inline(always)]
fn quoted_header(checksum: &mut [u8; 2], ip: &mut Ipv4Hdr, flow: &Flow) {
    *checksum = add_delta(*checksum, flow.address_delta);
    (ip.src_addr, ip.dst_addr) = (flow.dst, flow.src);
    let new = add_delta(ip.check, flow.address_delta);
    change(checksum, &mut ip.check, new);
}

/// The quoted ports or identifier, and a checksum among the eight bytes.
#[inline(always)]
fn quoted_ports(checksum: &mut [u8; 2], quoted: &mut Eight, flow: &Flow, protocol: u8) {
    *checksum = add_delta(*checksum, flow.port_delta);
    if protocol == ICMP {
        quoted.third = flow.src_port;
        let new = add_delta(quoted.second, flow.port_delta);
        change(checksum, &mut quoted.second, new);
        return;
    }
    (quoted.first, quoted.second) = (flow.dst_port, flow.src_port);
    // A datagram without checksum has none afterwards.
    if protocol == UDP && quoted.fourth != [0; 2] {
        let new = add_delta(add_delta(quoted.fourth, flow.address_delta), flow.port_delta);
        let new = if new == [0; 2] { [0xff; 2] } else { new };
        change(checksum, &mut quoted.fourth, new);
    }
}

/// Whether the quoted packet has a checksum beyond the eight bytes.
#[inline(always)]
pub const fn quotes_tcp(frame: &ErrorFrame) -> bool {
    frame.quoted_ip.proto == TCP
}

/// Keeps a quoted TCP checksum right, and the error's with it.
#[inline(always)]
pub fn quoted_tcp(checksum: &mut [u8; 2], tcp: &mut Tcp, flow: &Flow) {
    let new = add_delta(add_delta(tcp.checksum, flow.address_delta), flow.port_delta);
    *checksum = replace(*checksum, tcp.checksum, new);
    tcp.checksum = new;
}
