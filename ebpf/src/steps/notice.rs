//! What the sender of a packet that cannot go on is told: "too big, do not fragment", so that it sends
//! smaller ones (RFC 1191), that the time to live ran out (RFC 792), by which routes are traced, or that
//! nobody answers at the port.
//!
//! ```text
//!  before                      | Ethernet 14 | IPv4 …
//!  cut, or filled up, to 68 bytes of packet, room made behind the first 14 bytes:
//!  after  | Ethernet 14 | IPv4 20 | ICMP 8 | the packet's first 68 bytes |
//! ```

use super::{
    own,
    tuple::{ECHO, ECHO_REPLY, PLAIN, TIME_EXCEEDED, UNREACHABLE},
};
use crate::wire::{
    Eight, ICMP, IPV4_LEN, IpHeader, NoticeFrame, QUOTE, QUOTE_HEADERS, TransportFrame, copy_mac, fold, sum,
    swap_macs,
};
use causeway_common::{Attachment, Counter, DropReason, Ipv4};

/// "Fragmentation needed and DF set" (RFC 792).
const FRAGMENTATION_NEEDED: u8 = 4;
/// "Port unreachable" (RFC 792).
const PORT: u8 = 3;
/// "Time to live exceeded in transit" (RFC 792).
const IN_TRANSIT: u8 = 0;
/// Where in the packet a fragment belongs.
const OFFSET: u16 = 0x1fff;
/// The smallest MTU there is (RFC 791 §3.2).
const SMALLEST: u16 = 68;

/// What is told. One number, so that it travels in one register: the MTU to keep to, or none, and what else
/// there is to say above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice(u32);

/// Also who permits fragments is told: nobody makes any.
const FIRMLY: u32 = 1 << 16;
/// Nobody is there.
const NOBODY: u32 = 1 << 17;

impl Notice {
    /// The packet's time to live ran out.
    pub const EXPIRED: Self = Self(0);
    /// Nobody answers at the packet's port.
    pub const UNREACHABLE: Self = Self(NOBODY);

    /// The packet is larger than `mtu` bytes.
    #[inline(always)]
    pub const fn too_big(mtu: u16) -> Self {
        Self(if mtu < SMALLEST { SMALLEST as u32 } else { mtu as u32 })
    }

    /// The same, where the packet would not be cut to fragments though it may be: who sends it has to hear.
    #[inline(always)]
    pub const fn too_big_for_all(mtu: u16) -> Self {
        Self(Self::too_big(mtu).0 | FIRMLY)
    }

    /// Why the packet is dropped.
    #[inline(always)]
    pub const fn reason(self) -> DropReason {
        match self {
            Self::EXPIRED => DropReason::TtlExpired,
            Self::UNREACHABLE => DropReason::NoBackend,
            _ => DropReason::TooBig,
        }
    }

    /// Who is told is counted here.
    #[inline(always)]
    pub const fn counter(self) -> Counter {
        match self {
            Self::EXPIRED => Counter::ExpiredTold,
            Self::UNREACHABLE => Counter::RefusedTold,
            _ => Counter::TooBigTold,
        }
    }

    /// Whether the packet's sender must be told: it is neither an ICMP message about another packet (RFC
    /// 1122 §3.2.2) nor a later fragment, and of sizes only who forbade fragments wants to hear, but where
    /// nobody would make them.
    #[inline(always)]
    pub fn is_due(self, frame: &TransportFrame) -> bool {
        let fragment = u16::from_be_bytes(frame.ip.frags);
        let is_echo = frame.ip.vihl == PLAIN && matches!(frame.eight.first[0], ECHO | ECHO_REPLY);
        let of_size = self.0 != 0 && self.0 & (FIRMLY | NOBODY) == 0;
        let wanted = !of_size || frame.ip.forbids_fragments();
        wanted && fragment & OFFSET == 0 && (frame.ip.proto != ICMP || is_echo)
    }

    /// The MTU to keep to; 0: it is not about that.
    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    #[inline(always)]
    const fn mtu(self) -> u16 {
        self.0 as u16
    }

    /// The ICMP header but for its checksum (RFC 792, RFC 1191 §4).
    #[inline(always)]
    const fn header(self) -> Eight {
        let first = match self {
            Self::EXPIRED => [TIME_EXCEEDED, IN_TRANSIT],
            Self::UNREACHABLE => [UNREACHABLE, PORT],
            _ => [UNREACHABLE, FRAGMENTATION_NEEDED],
        };
        Eight { first, second: [0; 2], third: [0; 2], fourth: self.mtu().to_be_bytes() }
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
    frame.ip = own::header(src, dst, ICMP, TOTAL);
    frame.icmp = notice.header();
    let icmp = u32::from(u16::from_be_bytes(frame.icmp.first)) + u32::from(notice.mtu());
    frame.icmp.second = (!fold(icmp + own::words(&frame.quoted.ip) + sum(&frame.quoted.rest))).to_be_bytes();
}

/// The whole message, bytes.
#[expect(clippy::cast_possible_truncation, reason = "some dozens of bytes")]
const TOTAL: u16 = (QUOTE_HEADERS + QUOTE) as u16;
const _: () = assert!(QUOTE_HEADERS == IPV4_LEN + 8);
