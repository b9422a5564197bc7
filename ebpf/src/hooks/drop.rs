//! Where packets are dropped, counted and, with the feature `trace`, logged.

use aya_ebpf::bindings::tcx_action_base::TCX_DROP;
use causeway_common::DropReason;

use crate::{helpers::Skb, maps};

/// Counts the drop; the verdict.
#[inline(always)]
pub(super) fn drop(skb: &Skb, reason: DropReason) -> i32 {
    maps::count_drop(reason);
    log(skb, reason);
    TCX_DROP
}

/// Says which packet was dropped and why.
#[cfg(feature = "trace")]
fn log(skb: &Skb, reason: DropReason) {
    let context = skb.context();
    aya_log_ebpf::info!(
        &context,
        "dropped: {} (interface {}, {} bytes)",
        reason.name(),
        skb.ifindex(),
        skb.len()
    );
}

#[cfg(not(feature = "trace"))]
#[inline(always)]
fn log(_: &Skb, _: DropReason) {}
