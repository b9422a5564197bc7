//! From the uplink: VXLAN from other nodes is taken apart; the rest is containers' or the host's.
//!
//! ```text
//!  uplink, ingress
//!     | UDP to our VTEP and port?  ---- no ------> from_outside: a flow's, a published port's, or the
//!     |                                            host's: TCX_NEXT
//!     | sender is a node           unknown_vtep
//!     | VXLAN header, lengths      vxlan_malformed
//!     | VNI is one that travels    ---- no ------> from_mesh
//!     | inner frame is IPv4        not_ipv4, malformed
//!     | VNI of a network here      ---- no ------> from_mesh
//!     | endpoint of that VNI       no_endpoint
//!     | ours, its own VNI and MAC  not_ours, foreign_vni, wrong_mac
//!     | ECN of the way             ecn_not_capable
//!     | outer headers off          room_refused
//!     |--- a container that has asked services --> to_client
//!     '-----------------------------------------> redirect_peer, into the container
//! ```
//!
//! `TCX_NEXT` and not `TCX_PASS` for the host's packets: another program attached behind ours sees
//! them as if ours were not there.
//!
//! VXLAN: RFC 7348. ECN: RFC 6040.

use aya_ebpf::bindings::tcx_action_base::TCX_NEXT;
use causeway_common::{Counter, DropReason, Endpoint, Road, endpoint};

use super::{drop::drop, to_client};
use crate::{
    helpers::{self, Skb},
    maps::{self, roads},
    steps::{decap, ecn, mine},
    wire::{Ethernet, IpHeader, TransportFrame, VxlanFrame},
};

/// The verdict for a packet that came in on the uplink.
#[inline(always)]
pub fn from_uplink(skb: &mut Skb) -> i32 {
    if is_mine(skb) {
        return road(skb).unwrap_or_else(|reason| drop(skb, reason));
    }
    roads::hand_on(skb, Road::FromOutside);
    // Nobody took it: then it is the host's, whoever it is for.
    TCX_NEXT
}

/// Whether the packet is Causeway's. What bears a VLAN's tag is that VLAN's.
#[inline(always)]
fn is_mine(skb: &mut Skb) -> bool {
    let (vtep, port) = (maps::vtep(), maps::vxlan_port());
    !skb.has_tag() && skb.pulled::<TransportFrame>().is_some_and(|frame| mine::is_mine(frame, vtep, port))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let len = skb.len();
    let frame = skb.pulled::<VxlanFrame>().ok_or(DropReason::VxlanMalformed)?;
    let (to, inner) = match check(frame, len) {
        Err(DropReason::UnknownVni) => return by_mesh(skb),
        checked => checked?,
    };
    skb.take_room()?;
    *skb.view::<Ethernet>().ok_or(DropReason::RoomRefused)? = inner;
    if to.flags & endpoint::TRANSLATED != 0 {
        return to_client::hand_on(skb, to, Counter::FromNode);
    }
    maps::count(Counter::FromNode);
    Ok(helpers::redirect_peer(to.ifindex))
}

/// Hands on what is for no network here; it comes back only where nobody takes it.
#[inline(always)]
fn by_mesh(skb: &Skb) -> Result<i32, DropReason> {
    roads::hand_on(skb, Road::FromMesh);
    Err(DropReason::UnknownVni)
}

/// Everything that the headers decide: the endpoint, and the inner Ethernet header, which is
/// written over the outer one that stays.
#[inline(always)]
fn check<'a>(frame: &mut VxlanFrame, len: u32) -> Result<(&'a Endpoint, Ethernet), DropReason> {
    if !maps::is_vtep_v4(frame.outer.ip.source()) {
        return Err(DropReason::UnknownVtep);
    }
    let vni = decap::vni(frame, len)?;
    decap::check_vni(vni)?;
    decap::check_inner(&frame.inner, frame.outer.udp.len)?;
    let to = endpoint(vni, frame)?;
    decap::check_endpoint(to, vni, &frame.inner.eth)?;
    ecn::carry_over(&mut frame.inner.ip, frame.outer.ip.ecn())?;
    Ok((to, frame.inner.eth))
}

/// The endpoint that the inner packet is for; one lookup, and a second only to name a drop.
#[inline(always)]
fn endpoint<'a>(vni: u32, frame: &VxlanFrame) -> Result<&'a Endpoint, DropReason> {
    maps::endpoint_v4(vni, frame.inner.ip.destination())
        .ok_or_else(|| if maps::takes_part(vni) { DropReason::NoEndpoint } else { DropReason::UnknownVni })
}
