//! Whether a packet that only passes through this node may do so as it is.
//!
//! Its transport header must be there, and the checksum in it be finished. Who sends over hardware that
//! sums, or over a veth, writes the sum of the pseudo-header alone (RFC 9293 §3.1) and leaves the rest to
//! who puts the packet on a wire; GRO does the same to what it merges of many. An skb knows that of its
//! packet. A frame of XDP does not, and leaves as it is: so it has to be seen by the sum. One finished
//! checksum in 65,536 looks like that, too.

use network_types::ip::Ipv4Hdr;

use crate::wire::{IPV4_LEN, TcpFrame, TransportFrame, UDP_LEN, fold};

/// TCP's header without options, bytes.
const TCP_LEN: u32 = 20;

/// Whether TCP without IP options may pass.
#[inline(always)]
pub fn tcp(frame: &TcpFrame) -> bool {
    length(&frame.ip) >= TCP_LEN && !is_unfinished(&frame.ip, frame.tcp.checksum)
}

/// Whether UDP without IP options may pass.
#[inline(always)]
pub fn udp(frame: &TransportFrame) -> bool {
    length(&frame.ip) >= UDP_LEN && !is_unfinished(&frame.ip, frame.eight.fourth)
}

/// Bytes behind the IP header.
#[inline(always)]
fn length(ip: &Ipv4Hdr) -> u32 {
    u32::from(u16::from_be_bytes(ip.tot_len)).saturating_sub(IPV4_LEN)
}

/// Whether this is the sum of the pseudo-header. In whichever order bytes stand, the sum has the same (RFC 1071
/// §2 (B)): words are summed as they are, two at once.
#[expect(
    clippy::cast_possible_truncation,
    reason = "lengths have 16 bits, and of three words the sum has 18"
)]
#[inline(always)]
fn is_unfinished(ip: &Ipv4Hdr, checksum: [u8; 2]) -> bool {
    let [src, dst] = [ip.src_addr, ip.dst_addr].map(|addr| u64::from(u32::from_ne_bytes(addr)));
    let rest =
        [[0, ip.proto], (length(ip) as u16).to_be_bytes()].map(|word| u64::from(u16::from_ne_bytes(word)));
    let sum = src + dst + rest[0] + rest[1];
    fold((sum & 0xffff) as u32 + (sum >> 16 & 0xffff) as u32 + (sum >> 32) as u32)
        == u16::from_ne_bytes(checksum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{TCP, UDP};

    fn header(proto: u8, tot_len: u16) -> Ipv4Hdr {
        Ipv4Hdr {
            vihl: 0x45,
            tos: 0,
            tot_len: tot_len.to_be_bytes(),
            id: [0x12, 0x34],
            frags: [0x40, 0],
            ttl: 64,
            proto,
            check: [0; 2],
            src_addr: [203, 0, 113, 9],
            dst_addr: [198, 51, 100, 1],
        }
    }

    /// RFC 1071 over the pseudo-header, word by word.
    fn pseudo_header(ip: &Ipv4Hdr) -> u16 {
        let length = u16::from_be_bytes(ip.tot_len) - 20;
        let bytes = [&ip.src_addr[..], &ip.dst_addr, &[0, ip.proto], &length.to_be_bytes()].concat();
        let mut sum: u64 = bytes.chunks(2).map(|word| u64::from(word[0]) << 8 | u64::from(word[1])).sum();
        while sum > 0xffff {
            sum = (sum >> 16) + (sum & 0xffff);
        }
        u16::try_from(sum).expect("folded")
    }

    #[test]
    fn the_sum_of_the_pseudo_header_alone_is_seen() {
        for (proto, tot_len) in [(TCP, 40_u16), (UDP, 28), (TCP, 1500), (UDP, 65_535)] {
            let ip = header(proto, tot_len);
            let unfinished = pseudo_header(&ip);
            assert!(is_unfinished(&ip, unfinished.to_be_bytes()));
            for other in [0, unfinished ^ 1, !unfinished] {
                assert!(!is_unfinished(&ip, other.to_be_bytes()), "{other:#x}");
            }
        }
    }
}
