//! A container whose packet is too big is told so, where it asked to be (RFC 1191).

use causeway_common::{Attachment, Counter, DropReason};

use crate::{
    helpers::{self, Skb},
    maps,
    steps::too_big,
    wire::{QuoteFrame, TooBigFrame},
};

/// The packet becomes the message about it, and goes back. It counts as dropped, since it was.
#[inline(never)]
pub(super) fn tell(skb: &mut Skb, from: &Attachment, mtu: u16) -> Result<i32, DropReason> {
    let back = skb.ifindex();
    if !skb.pulled::<QuoteFrame>().is_some_and(|frame| too_big::deserves(frame)) {
        return Err(DropReason::TooBig);
    }
    skb.make_quote()?;
    let frame = skb.pulled::<TooBigFrame>().ok_or(DropReason::RoomRefused)?;
    too_big::write(frame, from, mtu);
    maps::count_drop(DropReason::TooBig);
    maps::count(Counter::TooBigTold);
    Ok(helpers::redirect_peer(back))
}
