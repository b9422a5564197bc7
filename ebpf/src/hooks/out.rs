//! The last step of a translated packet: into a container, or out of the node by its next hop.

use core::mem::MaybeUninit;

use causeway_common::{DropReason, Flow, FlowKeyV4, Ipv4, Settings};

use crate::{
    helpers::{
        self, Skb,
        route::{self, Route},
    },
    maps,
    wire::copy_mac,
};

/// Where a packet goes.
pub(super) enum Way {
    /// Into the container behind this interface.
    Container(u32),
    /// Out of this interface; the MACs are in the flow.
    Out(u32),
    /// Out of this interface to this next hop, whose MAC the kernel finds.
    Unresolved(u32, Ipv4),
}

/// Writes a route into a flow that leaves the node. A next hop without MAC is looked up again with
/// the next packet.
#[inline(always)]
pub(super) fn take(flow: &mut Flow, route: &Route, settings: &Settings) -> Way {
    flow.ifindex = route.ifindex;
    if !route.is_resolved() {
        flow.generation = stale(settings);
        return Way::Unresolved(route.ifindex, route.next_hop);
    }
    copy_mac(&mut flow.dst_mac, &route.dst_mac);
    copy_mac(&mut flow.src_mac, &route.src_mac);
    (flow.mtu, flow.generation) = (route.mtu, settings.generation);
    Way::Out(route.ifindex)
}

/// Looks up the way of a new flow from `src` (all zero: whatever address the route chooses), and writes
/// it and the route's address into the flow. A function of its own: the route is off the stack again
/// when the flow's port is chosen.
#[inline(never)]
pub(super) fn find(skb: &mut Skb, key: &FlowKeyV4, src: Ipv4, flow: &mut Flow) -> Result<(), DropReason> {
    let settings = maps::settings().ok_or(DropReason::NoRoute)?;
    let mut route = MaybeUninit::uninit();
    let route = skb.route(settings.host_ifindex, src, key, &mut route)?;
    flow.src = route.src;
    let _way = take(flow, route, settings);
    Ok(())
}

/// A generation that is not the present one.
#[inline(always)]
pub(super) const fn stale(settings: &Settings) -> u32 {
    settings.generation.wrapping_sub(1)
}

/// Sends the packet; the verdict.
#[inline(always)]
pub(super) fn send(way: &Way) -> i32 {
    match *way {
        Way::Container(ifindex) => helpers::redirect_peer(ifindex),
        Way::Out(ifindex) => helpers::redirect(ifindex),
        Way::Unresolved(ifindex, next_hop) => route::redirect_to(ifindex, next_hop),
    }
}
