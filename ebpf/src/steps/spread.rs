//! A hash of a conversation whose socket has none, by which the underlay spreads tunnels (RFC 7348 §5).
//!
//! A TCP socket's packets bear its hash; for those of UDP the kernel would take all their headers apart.

use causeway_common::Ipv4;

use super::{service, tuple};
use crate::wire::{IpHeader, TransportFrame};

/// 2^32 divided by the golden ratio (Knuth, The Art of Computer Programming 3, §6.4): neighbours end up far apart.
const GOLDEN: u32 = 0x9e37_79b1;

/// By addresses and ports; by addresses alone where the ports do not stand in each packet of the conversation, or not
/// at their usual place: all its packets take one way.
#[inline(always)]
pub fn hash(frame: &TransportFrame) -> u32 {
    let ports = match tuple::plain(frame, [0; 3]) {
        Some(_) => word(frame.eight.first, frame.eight.second),
        None => 0,
    };
    let (from, to) = (number(frame.ip.source()), number(frame.ip.destination()));
    service::mix(u64::from(from.wrapping_mul(GOLDEN) ^ to) << 32 | u64::from(ports))
}

const fn number(addr: Ipv4) -> u32 {
    u32::from_be_bytes(addr)
}

const fn word([a, b]: [u8; 2], [c, d]: [u8; 2]) -> u32 {
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use network_types::ip::Ipv4Hdr;

    use super::*;
    use crate::wire::{Eight, Ethernet, IPV4, TCP, UDP};

    const PIECE: [u8; 2] = [0x20, 0];

    fn frame(port: u16, change: impl FnOnce(&mut Ipv4Hdr)) -> TransportFrame {
        let mut ip = Ipv4Hdr {
            vihl: 0x45,
            tos: 0,
            tot_len: [0, 40],
            id: [0; 2],
            frags: [0; 2],
            ttl: 64,
            proto: UDP,
            check: [0; 2],
            src_addr: [10, 9, 0, 2],
            dst_addr: [10, 9, 0, 3],
        };
        change(&mut ip);
        let eight = Eight { first: port.to_be_bytes(), second: [0, 53], third: [0, 20], fourth: [0; 2] };
        TransportFrame { eth: Ethernet { dst: [2; 6], src: [3; 6], ethertype: IPV4 }, ip, eight }
    }

    #[test]
    fn a_conversation_has_one_and_its_neighbours_others() {
        let mut all: Vec<u32> = (1000..2000).map(|port| hash(&frame(port, |_| ())) >> 18).collect();
        assert_eq!(hash(&frame(1000, |_| ())), hash(&frame(1000, |ip| ip.ttl = 7)));
        all.sort_unstable();
        all.dedup();
        // Of 16,384, by chance 970 of 1,000.
        assert!(all.len() > 950, "1,000 conversations share {}", all.len());
        let by_address = |last| hash(&frame(1000, |ip| ip.src_addr[3] = last)) >> 18;
        assert_ne!(by_address(2), by_address(4));
    }

    #[test]
    fn whatever_shows_no_ports_goes_by_its_addresses() {
        let plain = hash(&frame(1000, |_| ()));
        let changes: [fn(&mut Ipv4Hdr); 3] = [|ip| ip.frags = PIECE, |ip| ip.vihl = 0x46, |ip| ip.proto = 50];
        for change in changes {
            let of = |port| hash(&frame(port, change));
            assert_eq!(of(1000), of(2000));
            assert_ne!(of(1000), plain);
        }
        assert_eq!(hash(&frame(1000, |ip| ip.proto = TCP)), plain);
    }
}
