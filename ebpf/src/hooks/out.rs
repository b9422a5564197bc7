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

/// How a packet is handed over.
#[derive(Clone, Copy)]
enum By {
    /// Into the container behind the interface.
    Peer,
    /// Out of the interface; the MACs are in the flow.
    Wire,
    /// Out of the interface to the next hop, whose MAC the kernel finds.
    NextHop,
}

/// Where a packet goes. All of it is always written: what the compiler reads of a choice that was not
/// taken may be a pointer's place on the stack, which the verifier refuses.
pub(super) struct Way {
    by: By,
    ifindex: u32,
    next_hop: Ipv4,
}

impl Way {
    /// Into the container behind an interface.
    #[inline(always)]
    pub(super) const fn into_container(ifindex: u32) -> Self {
        Self { by: By::Peer, ifindex, next_hop: [0; 4] }
    }

    /// Out of an interface; the MACs are in the flow.
    #[inline(always)]
    pub(super) const fn out(ifindex: u32) -> Self {
        Self { by: By::Wire, ifindex, next_hop: [0; 4] }
    }
}

/// Writes a route into a flow that leaves the node. A next hop without MAC is looked up again with
/// the next packet.
#[inline(always)]
pub(super) fn take(flow: &mut Flow, route: &Route, settings: &Settings) -> Way {
    flow.ifindex = route.ifindex;
    if !route.is_resolved() {
        flow.generation = stale(settings);
        return Way { by: By::NextHop, ifindex: route.ifindex, next_hop: route.next_hop };
    }
    copy_mac(&mut flow.dst_mac, &route.dst_mac);
    copy_mac(&mut flow.src_mac, &route.src_mac);
    (flow.mtu, flow.generation) = (route.mtu, settings.generation);
    Way::out(route.ifindex)
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
    match way.by {
        By::Peer => helpers::redirect_peer(way.ifindex),
        By::Wire => helpers::redirect(way.ifindex),
        By::NextHop => route::redirect_to(way.ifindex, way.next_hop),
    }
}
