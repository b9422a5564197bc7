//! Nobody is live: a TCP client gets a reset, a UDP client an ICMP message, at once.

use causeway_common::{Counter, DropReason};

use crate::{
    helpers::{self, Skb},
    hooks::notice,
    maps,
    steps::{notice::Notice, reset, track::RST},
    wire::{TcpFrame, UDP},
};

/// Tells the sender of a packet from outside, by the way that it came.
#[inline(never)]
pub(in crate::hooks) fn refuse(skb: &mut Skb, protocol: u8) -> Result<i32, DropReason> {
    if protocol == UDP {
        return notice::to_outside(skb, Notice::UNREACHABLE);
    }
    let back = skb.ifindex();
    let frame = skb.pulled::<TcpFrame>().ok_or(DropReason::Malformed)?;
    if frame.tcp.flags & RST != 0 {
        return Err(DropReason::NoBackend);
    }
    let takes = reset::takes(frame);
    skb.cut_to_segment()?;
    let delta = reset::answer(skb.pulled::<TcpFrame>().ok_or(DropReason::RoomRefused)?, takes);
    skb.fix_segment(delta);
    maps::count_drop(DropReason::NoBackend);
    maps::count(Counter::RefusedTold);
    Ok(helpers::redirect(back))
}
