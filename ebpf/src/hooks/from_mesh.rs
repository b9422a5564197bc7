//! From another node by the mesh: its processes' packets to a backend here, and answers to processes of
//! this node.
//!
//! ```text
//!  from_uplink: VXLAN from a node, an IPv4 packet in it, of a VNI that is no network's here
//!     | the mesh's VNI, and there is a host  unknown_vni
//!     | ECN of the way                       ecn_not_capable
//!     | outer headers off                    room_refused
//!     | whole, with ports                    fragment, untranslatable, no_flow
//!     |--- not to or from a VIP, and there are ports of the mesh -> out_of_mesh     no_program
//!     |--- from a VIP to this node's own address ---------> into the host, by cw-host
//!     | to a VIP, from the node itself       not_ours
//!     |--- a flow's, to the backend that is named --------> translated, into the container
//!     | a service's; the backend is here     no_endpoint, no_backend, not_ours
//!     '--- a new flow ------------------------------------> translated, into the container
//! ```

use causeway_common::{Counter, DropReason, FlowKeyV4, Ipv4, MESH_VNI, Mac, Road, Settings, flow, settings};

use super::{
    begin,
    drop::drop,
    translated::{alive, follow, follow_error, note, says},
};
use crate::{
    helpers::{self, Skb},
    maps::{self, flows, roads},
    steps::{
        ecn, mesh,
        service::is_vip,
        tuple::{self, Seen},
    },
    wire::{ErrorFrame, Ethernet, IpHeader, TransportFrame, VxlanFrame, copy_mac},
};

/// The verdict for a packet that came by the mesh.
#[inline(always)]
pub fn from_mesh(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let frame = skb.pulled::<VxlanFrame>().ok_or(DropReason::VxlanMalformed)?;
    if frame.vxlan.vni != mesh::VNI {
        return Err(DropReason::UnknownVni);
    }
    let settings = maps::settings().filter(|settings| settings.host_ifindex != 0);
    let settings = settings.ok_or(DropReason::UnknownVni)?;
    ecn::carry_over(&mut frame.inner.ip, frame.outer.ip.ecn())?;
    let (sender, inner) = (frame.outer.ip.source(), frame.inner.eth);
    skb.take_room()?;
    *skb.view::<Ethernet>().ok_or(DropReason::RoomRefused)? = inner;
    let frame = skb.pulled::<TransportFrame>().ok_or(DropReason::Malformed)?;
    match &tuple::seen(frame, mesh::VNI) {
        Seen::Whole(key) if is_vip(key.src, settings) || is_vip(key.dst, settings) => {
            whole(skb, key, sender, settings)
        }
        Seen::Error => error(skb, sender, settings),
        _ if settings.flags & settings::INGRESS != 0 => out_of_mesh(skb, sender),
        Seen::Whole(_) => Err(DropReason::NotOurs),
        Seen::First(_) | Seen::Later => Err(DropReason::Fragment),
        Seen::Nothing => Err(DropReason::Untranslatable),
    }
}

/// Hands on what is of a port of the mesh; it comes back only where nobody takes it.
#[inline(always)]
fn out_of_mesh(skb: &mut Skb, sender: Ipv4) -> Result<i32, DropReason> {
    skb.note([u32::from_ne_bytes(sender), 0]);
    roads::hand_on(skb, Road::OutOfMesh);
    Err(DropReason::NoProgram)
}

/// A packet with ports, to a VIP or from one.
#[inline(always)]
fn whole(skb: &mut Skb, key: &FlowKeyV4, sender: Ipv4, settings: &Settings) -> Result<i32, DropReason> {
    if is_vip(key.src, settings) && key.dst == maps::vtep() {
        return to_host(skb, key, settings);
    }
    if is_vip(key.dst, settings) && key.src == sender {
        return to_backend(skb, key);
    }
    Err(DropReason::NotOurs)
}

/// Into the container that the inner Ethernet header names.
#[inline(always)]
fn to_backend(skb: &mut Skb, key: &FlowKeyV4) -> Result<i32, DropReason> {
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    let eth = skb.view::<Ethernet>().ok_or(DropReason::Malformed)?;
    let (addr, mut mac): (Ipv4, Mac) = (mesh::named(&eth.src), [0; 6]);
    copy_mac(&mut mac, &eth.dst);
    leave_other(key, addr, &mac)?;
    match follow(skb, key, says) {
        Err(DropReason::NoFlow) => {}
        result => return result,
    }
    begin::from_host(key, addr, &mac, says)?;
    follow(skb, key, says)
}

/// A flow with another backend is over: the client's node has chosen this one since. What names no backend of
/// this node ends nothing: no checksum covers the name.
#[inline(always)]
fn leave_other(key: &FlowKeyV4, addr: Ipv4, mac: &Mac) -> Result<(), DropReason> {
    if let Some(found) = flows::find(key)
        && found.flow.dst != addr
    {
        begin::endpoint(addr, mac).ok_or(DropReason::NoBackend)?;
        flows::forget(key, found.flow);
    }
    Ok(())
}

/// An answer of a service, to a process of this node or to a container for which the node has asked.
#[inline(always)]
fn to_host(skb: &mut Skb, key: &FlowKeyV4, settings: &Settings) -> Result<i32, DropReason> {
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    let now = helpers::now();
    // Where the flow was forgotten, the process still waits for its answer.
    if let Some(found) = alive(key, now) {
        if found.flow.flags & flow::TO_CONTAINER != 0 {
            return follow(skb, key, says);
        }
        note(key, found, says, now)?;
    }
    into_host(skb, settings)
}

/// An ICMP error from another node's backend about what a process or a container of this node has asked a
/// service; or one of a port of the mesh.
#[inline(always)]
fn error(skb: &mut Skb, sender: Ipv4, settings: &Settings) -> Result<i32, DropReason> {
    let frame = skb.pulled::<ErrorFrame>().ok_or(DropReason::NoFlow)?;
    let key = tuple::complained_of(frame, mesh::VNI).ok_or(DropReason::NoFlow)?;
    match alive(&key, helpers::now()).map(|found| found.flow.flags & flow::TO_CONTAINER) {
        Some(0) if is_vip(key.src, settings) => into_host(skb, settings),
        Some(_) => follow_error(skb, MESH_VNI),
        None if settings.flags & settings::INGRESS != 0 => out_of_mesh(skb, sender),
        None => Err(DropReason::NoFlow),
    }
}

/// Into the host, where `cw-host` receives.
#[inline(always)]
fn into_host(skb: &mut Skb, settings: &Settings) -> Result<i32, DropReason> {
    let frame = skb.view::<Ethernet>().ok_or(DropReason::Malformed)?;
    copy_mac(&mut frame.dst, &settings.host_mac);
    maps::count(Counter::FromMesh);
    Ok(helpers::redirect_ingress(settings.host_ifindex))
}
