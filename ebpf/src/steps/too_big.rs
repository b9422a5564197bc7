//! "Too big, do not fragment": what a sender is told so that it sends smaller packets (RFC 1191).
//!
//! ```text
//!  before                      | Ethernet 14 | IPv4 …
//!  cut to 68 bytes of packet, room made behind the first 14 bytes:
//!  after  | Ethernet 14 | IPv4 20 | ICMP 8 | the packet's first 68 bytes |
//! ```

use causeway_common::Attachment;
use network_types::ip::Ipv4Hdr;

use super::tuple::UNREACHABLE;
use crate::wire::{
    Eight, ICMP, IPV4_LEN, QUOTE, QUOTE_HEADERS, QuoteFrame, TooBigFrame, copy_mac, fold, sum,
};

/// "Fragmentation needed and DF set" (RFC 792).
const FRAGMENTATION_NEEDED: u8 = 4;
/// Do not fragment (RFC 791).
const DONT_FRAGMENT: u16 = 0x4000;
/// Where in the packet a fragment belongs.
const OFFSET: u16 = 0x1fff;
/// The smallest MTU there is (RFC 791 §3.2).
const SMALLEST: u16 = 68;

/// Whether the sender of a packet must be told: it forbade fragments, and the packet is neither an
/// ICMP message about another (RFC 1122 §3.2.2) nor a later fragment.
#[inline(always)]
pub fn deserves(frame: &QuoteFrame) -> bool {
    let fragment = u16::from_be_bytes(frame.ip.frags);
    let is_echo = matches!(frame.rest[0], 0 | 8);
    fragment & DONT_FRAGMENT != 0 && fragment & OFFSET == 0 && (frame.ip.proto != ICMP || is_echo)
}

/// Writes the message in front of what is quoted.
#[inline(always)]
pub fn write(frame: &mut TooBigFrame, to: &Attachment, mtu: u16) {
    copy_mac(&mut frame.eth.dst, &to.mac);
    copy_mac(&mut frame.eth.src, &to.gateway_mac);
    frame.ip = header(to);
    frame.icmp = message(mtu.max(SMALLEST));
    let icmp = u32::from(u16::from_be_bytes(frame.icmp.first)) + u32::from(mtu.max(SMALLEST));
    frame.icmp.second = (!fold(icmp + sum(&frame.quoted))).to_be_bytes();
}

/// The IPv4 header: from the gateway to the container.
#[inline(always)]
fn header(to: &Attachment) -> Ipv4Hdr {
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
        src_addr: to.gateway,
        dst_addr: to.addr,
    };
    ip.check = (!fold(words(&ip))).to_be_bytes();
    ip
}

/// The sum of the header's words.
#[inline(always)]
fn words(ip: &Ipv4Hdr) -> u32 {
    let ([a, b, c, d], [e, f, g, h]) = (ip.src_addr, ip.dst_addr);
    let fixed = [[ip.vihl, ip.tos], ip.tot_len, [ip.ttl, ip.proto]];
    let addresses = [[a, b], [c, d], [e, f], [g, h]];
    let add = |sum: u32, word: &[u8; 2]| sum + u32::from(u16::from_be_bytes(*word));
    addresses.iter().fold(fixed.iter().fold(0, add), add)
}

/// The ICMP header but for its checksum (RFC 1191 §4).
#[inline(always)]
const fn message(mtu: u16) -> Eight {
    Eight {
        first: [UNREACHABLE, FRAGMENTATION_NEEDED],
        second: [0; 2],
        third: [0; 2],
        fourth: mtu.to_be_bytes(),
    }
}

const _: () = assert!(QUOTE_HEADERS == IPV4_LEN + 8);
