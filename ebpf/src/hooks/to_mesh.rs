//! From a container, as a service's backend, to a process of a node: an answer from the VIP.
//!
//! ```text
//!  beyond: checked, of a flow that came by the mesh
//!     | still there                          no_flow
//!     | hops, size                           the container is told
//!     | its node                             no_node
//!     |--- another's ------------------------------------> translated, into the mesh
//!     '--- this one -------------------------------------> translated, into the host, by cw-host
//! ```

use causeway_common::{Attachment, Counter, DropReason, Endpoint, FlowKeyV4, Ipv4, MESH_VNI, flow};

use super::{
    drop::drop,
    notice,
    to_node::to_node,
    translated::{alive, note, says, translate},
};
use crate::{
    helpers::{self, Skb},
    maps,
    steps::{
        mesh,
        notice::Notice,
        size::{Headers, Size},
        tuple::{self, Seen},
    },
    wire::{Ethernet, IPV4_LEN, IpHeader, TransportFrame, copy_mac},
};

/// The verdict for an answer to a node's own process.
#[inline(always)]
pub fn to_mesh(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let from = maps::attachment(skb.ifindex()).ok_or(DropReason::NoAttachment)?;
    let [_, vni @ ..] = from.vni.to_be_bytes();
    let frame = skb.pulled::<TransportFrame>().ok_or(DropReason::Malformed)?;
    match &tuple::seen(frame, vni) {
        Seen::Whole(key) => whole(skb, from, key),
        _ => Err(DropReason::NoFlow),
    }
}

/// A packet with ports.
#[inline(always)]
fn whole(skb: &mut Skb, from: &Attachment, key: &FlowKeyV4) -> Result<i32, DropReason> {
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    let now = helpers::now();
    let found = alive(key, now).filter(|found| found.flow.flags & flow::BY_MESH != 0);
    let found = found.ok_or(DropReason::NoFlow)?;
    if let Some(notice) = obstacle(skb, from, key)? {
        return notice::to_container(skb, from, notice);
    }
    let ecn = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?.ip.ecn();
    let flow = note(key, found, says, now)?;
    translate(skb, key, flow)?;
    deliver(skb, from, flow.dst, ecn)
}

/// What the container is to be told, where its packet cannot go on as it is.
#[inline(always)]
fn obstacle(skb: &mut Skb, from: &Attachment, key: &FlowKeyV4) -> Result<Option<Notice>, DropReason> {
    let size = Size { frame: skb.len(), gso: skb.gso_size() };
    let headers = Headers { ip: IPV4_LEN, protocol: key.protocol };
    let fits = size.check(&headers, from.mtu, |offset| skb.byte(offset)).is_ok();
    let hops = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?.ip.hops_left();
    Ok(match (hops <= 1, fits) {
        (true, _) => Some(Notice::EXPIRED),
        (_, false) => Some(Notice::too_big(from.mtu)),
        _ => None,
    })
}

/// To the node that has the address.
#[inline(always)]
fn deliver(skb: &mut Skb, from: &Attachment, vtep: Ipv4, ecn: u8) -> Result<i32, DropReason> {
    if vtep == maps::vtep() {
        return to_host(skb, from);
    }
    let node = maps::node_of_v4(vtep).ok_or(DropReason::NoNode)?;
    let to = Endpoint { mac: mesh::naming(vtep), node, vni: MESH_VNI, ..Endpoint::default() };
    let verdict = to_node(skb, &to, &from.gateway_mac, ecn)?;
    maps::count(Counter::ToMesh);
    Ok(verdict)
}

/// Into the host, where `cw-host` receives.
#[inline(always)]
fn to_host(skb: &mut Skb, from: &Attachment) -> Result<i32, DropReason> {
    let settings = maps::settings().ok_or(DropReason::NoNode)?;
    let frame = skb.view::<Ethernet>().ok_or(DropReason::Malformed)?;
    copy_mac(&mut frame.dst, &settings.host_mac);
    copy_mac(&mut frame.src, &from.gateway_mac);
    maps::count(Counter::FromMesh);
    Ok(helpers::redirect_ingress(settings.host_ifindex))
}
