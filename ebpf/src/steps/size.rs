//! Whether a packet fits through the overlay.
//!
//! A container's MTU is the underlay's less 50, so what respects it fits once encapsulated. A GSO
//! packet is cut by the uplink after encapsulation: what must fit is each of its segments, and the
//! outer header's 16-bit length must still hold the whole.

use causeway_common::DropReason;

use crate::wire::{ETHERNET_LEN, OUTER_LEN, UDP_LEN};

/// The largest outer IPv4 packet.
const LARGEST: u32 = 65_535;
const TCP: u8 = 6;
/// Where TCP has the length of its header, in words, in the upper half of a byte (RFC 9293 §3.1).
const TCP_DATA_OFFSET: u32 = 12;

/// A packet's size, as the skb tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The whole frame in bytes, Ethernet header included.
    pub frame: u32,
    /// Payload of each segment of a GSO packet, in bytes; 0 for a plain packet.
    pub gso: u32,
}

impl Size {
    /// Bytes behind the Ethernet header.
    #[inline(always)]
    pub const fn packet(self) -> u32 {
        self.frame.wrapping_sub(ETHERNET_LEN)
    }

    /// Whether the packet, or each segment of a GSO packet, fits into the MTU. `byte` reads one
    /// byte of the packet; only a GSO packet's TCP header is looked at.
    #[inline(always)]
    pub fn check(
        self,
        headers: &Headers,
        mtu: u16,
        byte: impl Fn(u32) -> Option<u8>,
    ) -> Result<(), DropReason> {
        let fits = match self.gso {
            0 => self.packet() <= u32::from(mtu),
            gso => gso + headers.len(byte)? <= u32::from(mtu) && self.packet() + OUTER_LEN <= LARGEST,
        };
        if fits { Ok(()) } else { Err(DropReason::TooBig) }
    }
}

/// What each segment of a GSO packet carries in front of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers {
    /// Bytes of the IP header.
    pub ip: u32,
    /// The protocol that follows.
    pub protocol: u8,
}

impl Headers {
    /// Bytes of IP and transport headers.
    #[inline(always)]
    fn len(&self, byte: impl Fn(u32) -> Option<u8>) -> Result<u32, DropReason> {
        // UDP is the only other transport that GSO knows.
        if self.protocol != TCP {
            return Ok(self.ip + UDP_LEN);
        }
        let words = byte(ETHERNET_LEN + self.ip + TCP_DATA_OFFSET).ok_or(DropReason::Malformed)? >> 4;
        Ok(self.ip + u32::from(words) * 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TCP_OPTIONS: Headers = Headers { ip: 20, protocol: TCP };

    fn check(frame: u32, gso: u32, words: u8) -> Result<(), DropReason> {
        let byte = |offset| (offset == 46).then_some(words << 4);
        Size { frame, gso }.check(&TCP_OPTIONS, 1450, byte)
    }

    #[test]
    fn a_packet_of_the_mtu_fits_and_one_more_byte_does_not() {
        assert_eq!(check(1464, 0, 5), Ok(()));
        assert_eq!(check(1465, 0, 5), Err(DropReason::TooBig));
    }

    #[test]
    fn segments_count_with_their_headers() {
        assert_eq!(check(40_000, 1398, 8), Ok(()));
        assert_eq!(check(40_000, 1398, 9), Err(DropReason::TooBig));
        let udp = Headers { ip: 20, protocol: 17 };
        assert_eq!(Size { frame: 9000, gso: 1422 }.check(&udp, 1450, |_| None), Ok(()));
        assert_eq!(Size { frame: 9000, gso: 1423 }.check(&udp, 1450, |_| None), Err(DropReason::TooBig));
    }

    #[test]
    fn the_outer_length_must_hold_the_whole() {
        assert_eq!(check(65_499, 100, 5), Ok(()));
        assert_eq!(check(65_500, 100, 5), Err(DropReason::TooBig));
    }

    #[test]
    fn segments_without_their_transport_header_are_malformed() {
        assert_eq!(
            Size { frame: 9000, gso: 100 }.check(&TCP_OPTIONS, 1450, |_| None),
            Err(DropReason::Malformed)
        );
    }
}
