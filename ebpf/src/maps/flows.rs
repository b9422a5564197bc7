//! The two tables of flows, as one.
//!
//! A flow begins in `FLOWS_NEW_V4`, where the longest unused one makes room for the next, and moves to
//! `FLOWS_V4` with its first answer; TCP, when its handshake is complete. So a flood of packets that
//! nobody answers, or that come under foreign addresses, replaces its own kind, and no conversation.

use aya_ebpf::bindings::{BPF_ANY, BPF_NOEXIST};
use causeway_common::{Flow, FlowKeyV4};

use super::{FLOWS_NEW_V4, FLOWS_V4};

/// A flow's direction, and whether the flow is an answered one.
pub struct Found<'a> {
    /// The direction.
    pub flow: &'a mut Flow,
    /// It stands in the table of answered flows.
    pub answered: bool,
}

/// The direction that packets with this tuple belong to.
#[inline(always)]
pub fn find<'a>(key: &FlowKeyV4) -> Option<Found<'a>> {
    match answered(key) {
        Some(flow) => Some(Found { flow, answered: true }),
        None => new(key).map(|flow| Found { flow, answered: false }),
    }
}

/// The same of answered flows only.
#[inline(always)]
pub fn answered<'a>(key: &FlowKeyV4) -> Option<&'a mut Flow> {
    // SAFETY: the value lies in a table that lives as long as the program. Other CPUs write to it as
    // well, whole aligned words each; the last one to see a packet is right.
    FLOWS_V4.get_ptr_mut(key).map(|flow| unsafe { &mut *flow })
}

/// The same of new flows only.
#[inline(always)]
pub fn new<'a>(key: &FlowKeyV4) -> Option<&'a mut Flow> {
    // SAFETY: as for answered flows. Where the slot is taken by another flow meanwhile, the packet is
    // translated for that one: its receiver drops it, as any packet out of turn.
    FLOWS_NEW_V4.get_ptr_mut(key).map(|flow| unsafe { &mut *flow })
}

/// Enters a direction of a new flow, whatever was there; whether that went well.
#[inline(always)]
pub fn enter(key: &FlowKeyV4, flow: &Flow) -> bool {
    FLOWS_NEW_V4.insert(key, flow, BPF_ANY.into()).is_ok()
}

/// Enters a direction of a new flow where there is none; whether that went well.
#[inline(always)]
pub fn claim(key: &FlowKeyV4, flow: &Flow) -> bool {
    FLOWS_NEW_V4.insert(key, flow, BPF_NOEXIST.into()).is_ok()
}

/// Moves both directions of a flow to the answered ones; whether there was room.
#[inline(always)]
pub fn promote(one: (&FlowKeyV4, &Flow), other: (&FlowKeyV4, &Flow)) -> bool {
    if FLOWS_V4.insert(one.0, one.1, BPF_ANY.into()).is_err() {
        return false;
    }
    if FLOWS_V4.insert(other.0, other.1, BPF_ANY.into()).is_err() {
        let _removed = FLOWS_V4.remove(one.0);
        return false;
    }
    for key in [one.0, other.0] {
        let _removed = FLOWS_NEW_V4.remove(key);
    }
    true
}

/// Removes a direction and the other one of the same flow, wherever they stand; what is not there
/// need not be removed.
#[inline(always)]
pub fn forget(key: &FlowKeyV4, flow: &Flow) {
    let other = flow.other(key.protocol);
    for key in [key, &other] {
        let _answered = FLOWS_V4.remove(key);
        let _new = FLOWS_NEW_V4.remove(key);
    }
}
