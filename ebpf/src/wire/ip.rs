//! What the road asks of an IP header, whichever the family.

use causeway_common::Ipv4;
use network_types::ip::Ipv4Hdr;

use super::replace;

/// IPv4: do not fragment (RFC 791).
const DONT_FRAGMENT: u16 = 0x4000;

/// What the road asks of an IP header; IPv4 today, IPv6 as a second instance.
pub trait IpHeader {
    /// An address as it stands on the wire.
    type Addr: Copy + PartialEq;

    /// Whether version and lengths agree with each other, and the packet fits into `room` bytes.
    fn is_sound(&self, room: u32) -> bool;
    /// The sender.
    fn source(&self) -> Self::Addr;
    /// The receiver.
    fn destination(&self) -> Self::Addr;
    /// Bytes of the header, options included.
    fn header_len(&self) -> u32;
    /// The protocol that follows (IANA protocol numbers).
    fn protocol(&self) -> u8;
    /// The two bits of explicit congestion notification (RFC 3168).
    fn ecn(&self) -> u8;
    /// Sets them.
    fn set_ecn(&mut self, ecn: u8);
    /// Whether it must arrive in one piece.
    fn forbids_fragments(&self) -> bool;
    /// Hops that the packet may still take.
    fn hops_left(&self) -> u8;
    /// Takes one hop off.
    fn take_hop(&mut self);
}

impl IpHeader for Ipv4Hdr {
    type Addr = Ipv4;

    #[inline(always)]
    fn is_sound(&self, room: u32) -> bool {
        let total = u32::from(u16::from_be_bytes(self.tot_len));
        // 0x45 … 0x4f: version 4, at least five words of header.
        self.vihl.wrapping_sub(0x45) <= 0x0a && total >= self.header_len() && total <= room
    }

    #[inline(always)]
    fn source(&self) -> Ipv4 {
        self.src_addr
    }

    #[inline(always)]
    fn destination(&self) -> Ipv4 {
        self.dst_addr
    }

    #[inline(always)]
    fn header_len(&self) -> u32 {
        u32::from(self.vihl & 0x0f) * 4
    }

    #[inline(always)]
    fn protocol(&self) -> u8 {
        self.proto
    }

    #[inline(always)]
    fn ecn(&self) -> u8 {
        self.tos & 0b11
    }

    #[inline(always)]
    fn set_ecn(&mut self, ecn: u8) {
        let tos = (self.tos & !0b11) | (ecn & 0b11);
        self.check = replace(self.check, [self.vihl, self.tos], [self.vihl, tos]);
        self.tos = tos;
    }

    #[inline(always)]
    fn forbids_fragments(&self) -> bool {
        u16::from_be_bytes(self.frags) & DONT_FRAGMENT != 0
    }

    #[inline(always)]
    fn hops_left(&self) -> u8 {
        self.ttl
    }

    #[inline(always)]
    fn take_hop(&mut self) {
        let ttl = self.ttl.wrapping_sub(1);
        self.check = replace(self.check, [self.ttl, self.proto], [ttl, self.proto]);
        self.ttl = ttl;
    }
}
