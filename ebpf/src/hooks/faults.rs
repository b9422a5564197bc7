//! Packets on a wire are disturbed, for tests: in no node's dataplane.
//!
//! ```text
//!  a wire, ingress: [`disturb`]
//!     |--- has been here before ----------> TCX_NEXT
//!     | what its ordinal number decides
//!     |--- nothing -----------------------> TCX_NEXT
//!     |--- drop --------------------------> TCX_DROP
//!     |--- duplicate: a clone comes over the wire, too -> TCX_NEXT
//!     |--- corrupt: one byte, truncate ---> TCX_NEXT
//!     '--- delay -> bay ~~ token bucket ~~> bay's far end: [`release`] -> the wire's ingress again
//! ```
//!
//! A wire carries whole frames, each with its checksums: only frames that nobody has aggregated are corrupted or
//! truncated, and whoever vouched for their checksums does not any more. Those that are not IPv4 have no checksum
//! but Ethernet's, whose failure is a loss: they are dropped, duplicated and delayed only.
//!
//! Each thing that is done is counted, and if it is done to a numbered packet it is told.

use aya_ebpf::bindings::tcx_action_base::{TCX_DROP, TCX_NEXT};
use causeway_common::faults::{Disturbance, Event, Orders, Token, draw};

use crate::{
    helpers::{self, Skb},
    maps::faults,
    wire::{ETHERNET_LEN, OUTER_LEN},
};

/// In a packet's mark: it has been here before. Below it stands whom it is for (`PACKET_HOST` and so on).
const PASSED: u32 = 0xfa17_0000;
/// Where the payload of a UDP packet begins.
const PAYLOAD: u32 = ETHERNET_LEN + 20 + 8;

/// The verdict for a packet that came over the wire.
#[inline(always)]
pub fn disturb(skb: &mut Skb) -> i32 {
    if skb.mark() & PASSED == PASSED {
        return TCX_NEXT;
    }
    let Some(orders) = faults::orders() else { return TCX_NEXT };
    let ordinal = faults::next();
    let Some(fault) = orders.decide(ordinal) else { return TCX_NEXT };
    let named = named(skb, orders.magic);
    let detail = match fault {
        Disturbance::Drop => Some(0),
        Disturbance::Duplicate => twin(skb),
        Disturbance::Corrupt => corrupt(skb, orders, ordinal),
        Disturbance::Truncate => truncate(skb, orders, ordinal, named.as_ref()),
        Disturbance::Delay => (orders.bay != 0).then_some(0),
    };
    let Some(detail) = detail else { return TCX_NEXT };
    tell(fault, detail, named.as_ref());
    match fault {
        Disturbance::Drop => TCX_DROP,
        Disturbance::Delay => {
            skb.set_mark(PASSED | skb.kind());
            helpers::redirect(orders.bay)
        }
        _ => TCX_NEXT,
    }
}

/// The verdict for a packet that was held up.
#[inline(always)]
pub fn release(skb: &mut Skb) -> i32 {
    let Some(orders) = faults::orders() else { return TCX_DROP };
    skb.set_kind(skb.mark() & 7);
    helpers::redirect_ingress(orders.wire)
}

/// A numbered packet, and where its first token stands.
struct Named {
    token: Token,
    offset: u32,
}

/// Plain, or in VXLAN.
#[inline(always)]
fn named(skb: &Skb, magic: u32) -> Option<Named> {
    at(skb, magic, PAYLOAD).or_else(|| at(skb, magic, PAYLOAD + OUTER_LEN))
}

#[inline(always)]
fn at(skb: &Skb, magic: u32, offset: u32) -> Option<Named> {
    let token = skb.token(offset)?;
    token.is_of(magic).then_some(Named { token, offset })
}

/// The clone comes over the wire just before the packet itself.
#[inline(always)]
fn twin(skb: &mut Skb) -> Option<u32> {
    skb.set_mark(PASSED | skb.kind());
    skb.twin().map(|()| 0)
}

/// Which byte was hit.
#[inline(always)]
fn corrupt(skb: &mut Skb, orders: &Orders, ordinal: u32) -> Option<u32> {
    let offset = draw(orders.seed, ordinal, 1).checked_rem(skb.len())?;
    let difference = 1 + draw(orders.seed, ordinal, 2) % 255;
    is_plain(skb).then(|| skb.flip(offset, difference as u8))??;
    Some(offset)
}

/// What length is left. A numbered packet keeps its first token: who it was is known wherever it ends.
#[inline(always)]
fn truncate(skb: &mut Skb, orders: &Orders, ordinal: u32, named: Option<&Named>) -> Option<u32> {
    let least = named.map_or(ETHERNET_LEN + 20, |named| named.offset + Token::LEN as u32);
    let most = skb.len().checked_sub(least)?;
    let left = least + draw(orders.seed, ordinal, 1).checked_rem(most)?;
    is_plain(skb).then(|| skb.cut(left))??;
    Some(left)
}

/// Whether it is a frame as a wire has them, and carries IPv4.
#[inline(always)]
fn is_plain(skb: &Skb) -> bool {
    skb.gso_size() == 0 && skb.is_ipv4()
}

#[inline(always)]
fn tell(fault: Disturbance, detail: u32, named: Option<&Named>) {
    faults::count(fault as u32);
    let Some(Named { token: Token { stream, number, .. }, .. }) = named else { return };
    let (stream, number) = (*stream, *number);
    faults::tell(Event { stream, number, what: fault as u32, reason: detail, ..Event::default() });
}
