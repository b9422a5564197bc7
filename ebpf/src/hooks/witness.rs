//! The kernel drops a packet: why, whose and, if it is numbered, which one. For tests: in no node's dataplane.
//!
//! Whoever frees an skb that has not come to its end says a reason (`skb_drop_reason`), also where a program of TCX
//! has it dropped. So no packet is lost without a name, and what our programs count can be compared with what
//! they dropped.

use causeway_common::faults::{Event, FREED, FreedKey, Offsets, Token};

use crate::{helpers::faults::Kernel, maps::faults};

/// Bytes of the headers between an IPv4 header's begin and the payload of UDP, and of those of VXLAN in front.
const HEADERS: u64 = 28;
const TUNNEL: u64 = 50;

/// `skb` is freed at a place in the kernel, for a reason.
#[inline(always)]
pub fn witness(skb: u64, location: u64, reason: u32) {
    faults::sees(skb);
    testify(skb, location, reason, false);
}

/// The same, seen by a second one that comes after the first. While a program of tracepoints runs, the kernel does
/// not run it once more for who interrupts it (`bpf_prog_info.recursion_misses`): what an interrupt's packets are
/// freed for, while the first is at a packet of a process, only the second sees.
#[inline(always)]
pub fn second(skb: u64, location: u64, reason: u32) {
    if !faults::has_seen(skb) {
        testify(skb, location, reason, true);
    }
}

#[inline(always)]
fn testify(skb: u64, location: u64, reason: u32, meanwhile: bool) {
    let Some(offsets) = faults::offsets() else { return };
    let (namespace, ifindex) = owner(skb, offsets).unwrap_or_default();
    faults::freed(FreedKey { namespace, reason }, meanwhile);
    if let Some(Token { stream, number, .. }) = token(skb, offsets) {
        faults::tell(Event { stream, number, what: FREED, reason, namespace, ifindex, location });
    }
}

/// The namespace that the packet is in, and its interface.
#[inline(always)]
fn owner(skb: u64, offsets: &Offsets) -> Option<(u32, u32)> {
    let dev = Kernel::pointer(skb + u64::from(offsets.dev))?;
    let net = Kernel::pointer(dev + u64::from(offsets.net))?;
    Some((Kernel::number(net + u64::from(offsets.inum))?, Kernel::number(dev + u64::from(offsets.ifindex))?))
}

/// The packet's token: plain, in VXLAN or, where one was hit, at its end.
#[inline(always)]
fn token(skb: u64, offsets: &Offsets) -> Option<Token> {
    let head = Kernel::pointer(skb + u64::from(offsets.head))?;
    let network = u64::from(Kernel::short(skb + u64::from(offsets.network_header))?);
    let tail = u64::from(Kernel::number(skb + u64::from(offsets.tail))?);
    for from_head in [network + HEADERS, network + HEADERS + TUNNEL, tail.wrapping_sub(Token::LEN as u64)] {
        if let Some(token) = Kernel::token(head + from_head)
            && token.is_of(offsets.magic)
        {
            return Some(token);
        }
    }
    None
}
