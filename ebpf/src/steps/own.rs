//! The IPv4 header of what the node says itself.

use causeway_common::Ipv4;
use network_types::ip::Ipv4Hdr;

use crate::wire::fold;

/// A header with its checksum; `total` is the whole packet's length in bytes.
#[inline(always)]
pub fn header(src_addr: Ipv4, dst_addr: Ipv4, proto: u8, total: u16) -> Ipv4Hdr {
    let mut ip = Ipv4Hdr {
        vihl: 0x45,
        tos: 0,
        tot_len: total.to_be_bytes(),
        id: [0; 2],
        frags: [0; 2],
        ttl: 64,
        proto,
        check: [0; 2],
        src_addr,
        dst_addr,
    };
    ip.check = (!fold(words(&ip))).to_be_bytes();
    ip
}

/// The sum of a header's words.
#[inline(always)]
pub fn words(ip: &Ipv4Hdr) -> u32 {
    let fixed = [[ip.vihl, ip.tos], ip.tot_len, ip.id, ip.frags, [ip.ttl, ip.proto], ip.check];
    sum(&fixed) + addresses(ip)
}

/// The sum of its addresses.
#[inline(always)]
pub fn addresses(ip: &Ipv4Hdr) -> u32 {
    let ([a, b, c, d], [e, f, g, h]) = (ip.src_addr, ip.dst_addr);
    sum(&[[a, b], [c, d], [e, f], [g, h]])
}

/// The sum of some words.
#[inline(always)]
pub fn sum<const N: usize>(words: &[[u8; 2]; N]) -> u32 {
    words.iter().fold(0, |sum, word| sum + u32::from(u16::from_be_bytes(*word)))
}
