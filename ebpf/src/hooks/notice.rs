//! The sender of a packet that cannot go on is told so, where it may be: the packet becomes the message
//! about it, and goes back. It counts as dropped, since it was.

use causeway_common::{Attachment, DropReason, FlowKeyV4};

use crate::{
    helpers::{self, Skb},
    maps::{self, flows},
    steps::notice::{self, Notice},
    wire::{NoticeFrame, TransportFrame},
};

/// What a packet's sender is told where its flow refuses it for this reason; `None` where nothing is.
#[inline(always)]
pub(super) fn about(reason: DropReason, key: &FlowKeyV4) -> Option<Notice> {
    match reason {
        DropReason::TtlExpired => Some(Notice::EXPIRED),
        DropReason::NoBackend => Some(Notice::UNREACHABLE),
        DropReason::TooBig => Some(Notice::too_big(flows::find(key)?.flow.mtu)),
        _ => None,
    }
}

/// Tells a container, as its gateway.
#[inline(never)]
pub(super) fn to_container(skb: &mut Skb, from: &Attachment, notice: Notice) -> Result<i32, DropReason> {
    let back = skb.ifindex();
    notice::to_container(quote(skb, notice)?, from, notice);
    count(notice);
    Ok(helpers::redirect_peer(back))
}

/// Tells a sender outside, as the address that it talked to, by the way that its packet came.
#[inline(never)]
pub(super) fn to_outside(skb: &mut Skb, notice: Notice) -> Result<i32, DropReason> {
    let back = skb.ifindex();
    notice::to_outside(quote(skb, notice)?, notice);
    count(notice);
    Ok(helpers::redirect(back))
}

/// Cuts the packet to what is quoted of it, behind room for headers; refused as the packet was, where
/// nobody is to be told.
#[inline(always)]
fn quote(skb: &mut Skb, notice: Notice) -> Result<&mut NoticeFrame, DropReason> {
    if !skb.pulled::<TransportFrame>().is_some_and(|frame| notice.is_due(frame)) {
        return Err(notice.reason());
    }
    skb.make_quote()?;
    skb.pulled::<NoticeFrame>().ok_or(DropReason::RoomRefused)
}

#[inline(always)]
fn count(notice: Notice) {
    maps::count_drop(notice.reason());
    maps::count(notice.counter());
}
