//! What the sender of a packet that cannot go on is told: "too big, do not fragment", so that it sends
//! smaller ones (RFC 1191), or that the time to live ran out (RFC 792), by which routes are traced.
//!
//! ```text
//!  before                      | Ethernet 14 | IPv4 …
//!  cut, or filled up, to 68 bytes of packet, room made behind the first 14 bytes:
//!  after  | Ethernet 14 | IPv4 20 | ICMP 8 | the packet's first 68 bytes |
//! ```

use causeway_common::{Attachment, Counter, DropReason, Ipv4};
use network_types::ip::Ipv4Hdr;

use super::tuple::{ECHO, ECHO_REPLY, PLAIN, TIME_EXCEEDED, UNREACHABLE};
use crate::wire::{
    Eight, ICMP, IPV4_LEN, IpHeader, NoticeFrame, QUOTE, QUOTE_HEADERS, TransportFrame, copy_mac, fold, sum,
    swap_macs,
};

/// "Fragmentation needed and DF set" (RFC 792).
const FRAGMENTATION_NEEDED: u8 = 4;
/// "Time to live exceeded in transit" (RFC 792).
const IN_TRANSIT: u8 = 0;
/// Where in the packet a fragment belongs.
const OFFSET: u16 = 0x1fff;
/// The smallest MTU there is (RFC 791 §3.2).
const SMALLEST: u16 = 68;

/// What is told. One number, so that it travels in one register: the MTU to keep to, or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice(u16);

impl Notice {
    /// The packet's time to live ran out.
    pub const EXPIRED: Self = Self(0);

    /// The packet is larger than `mtu` bytes.
    #[inline(always)]
    pub const fn too_big(mtu: u16) -> Self {
        Self(if mtu < SMALLEST { SMALLEST } else { mtu })
    }

    /// Why the packet is dropped.
    #[inline(always)]
    pub const fn reason(self) -> DropReason {
        if self.0 == 0 { DropReason::TtlExpired } else { DropReason::TooBig }
    }

    /// Who is told is counted here.
    #[inline(always)]
    pub const fn counter(self) -> Counter {
        if self.0 == 0 { Counter::ExpiredTold } else { Counter::TooBigTold }
    }

    /// Whether the packet's sender must be told: it is neither an ICMP message about another packet (RFC
    /// 1122 §3.2.2) nor a later fragment, and of sizes only who forbade fragments wants to hear.
    #[inline(always)]
    pub fn is_due(self, frame: &TransportFrame) -> bool {
        let fragment = u16::from_be_bytes(frame.ip.frags);
        let is_echo = frame.ip.vihl == PLAIN && matches!(frame.eight.first[0], ECHO | ECHO_REPLY);
        let wanted = self.0 == 0 || frame.ip.forbids_fragments();
        wanted && fragment & OFFSET == 0 && (frame.ip.proto != ICMP || is_echo)
    }

    /// The ICMP header but for its checksum (RFC 792, RFC 1191 §4).
    #[inline(always)]
    const fn header(self) -> Eight {
        let first =
            if self.0 == 0 { [TIME_EXCEEDED, IN_TRANSIT] } else { [UNREACHABLE, FRAGMENTATION_NEEDED] };
        Eight { first, second: [0; 2], third: [0; 2], fourth: self.0.to_be_bytes() }
    }
}

/// Writes the message of a container's gateway in front of what is quoted.
#[inline(always)]
pub fn to_container(frame: &mut NoticeFrame, to: &Attachment, notice: Notice) {
    copy_mac(&mut frame.eth.dst, &to.mac);
    copy_mac(&mut frame.eth.src, &to.gateway_mac);
    write(frame, to.gateway, to.addr, notice);
}

/// Writes the message back to whom the quoted packet came from, as from whom it was for.
#[inline(always)]
pub fn to_outside(frame: &mut NoticeFrame, notice: Notice) {
    swap_macs(&mut frame.eth);
    let (src, dst) = (frame.quoted.ip.dst_addr, frame.quoted.ip.src_addr);
    write(frame, src, dst, notice);
}

#[inline(always)]
fn write(frame: &mut NoticeFrame, src: Ipv4, dst: Ipv4, notice: Notice) {
    frame.ip = header(src, dst);
    frame.icmp = notice.header();
    let icmp = u32::from(u16::from_be_bytes(frame.icmp.first)) + u32::from(notice.0);
    frame.icmp.second = (!fold(icmp + words(&frame.quoted.ip) + sum(&frame.quoted.rest))).to_be_bytes();
}

/// The IPv4 header.
#[inline(always)]
fn header(src_addr: Ipv4, dst_addr: Ipv4) -> Ipv4Hdr {
    #[expect(clippy::cast_possible_truncation, reason = "some dozens of bytes")]
    const TOTAL: u16 = (QUOTE_HEADERS + QUOTE) as u16;
    let mut ip = Ipv4Hdr {
        vihl: 0x45,
        tos: 0,
        tot_len: TOTAL.to_be_bytes(),
        id: [0; 2],
        frags: [0; 2],
        ttl: 64,
        proto: ICMP,
        check: [0; 2],
        src_addr,
        dst_addr,
    };
    ip.check = (!fold(words(&ip))).to_be_bytes();
    ip
}

/// The sum of an IPv4 header's words.
#[inline(always)]
fn words(ip: &Ipv4Hdr) -> u32 {
    let ([a, b, c, d], [e, f, g, h]) = (ip.src_addr, ip.dst_addr);
    let fixed = [[ip.vihl, ip.tos], ip.tot_len, ip.id, ip.frags, [ip.ttl, ip.proto], ip.check];
    let addresses = [[a, b], [c, d], [e, f], [g, h]];
    let add = |sum: u32, word: &[u8; 2]| sum + u32::from(u16::from_be_bytes(*word));
    addresses.iter().fold(fixed.iter().fold(0, add), add)
}

const _: () = assert!(QUOTE_HEADERS == IPV4_LEN + 8);
