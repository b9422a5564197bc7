//! From a container into the mesh: as a service's backend, an answer from the VIP to a process of a node, or
//! from a port of the mesh to its client; as a client of such a port, to a backend elsewhere.
//!
//! ```text
//!  beyond: checked, of a flow that goes by the mesh
//!     | still there                          no_flow
//!     |--- the backend that was asked is gone -----------> beyond, once more
//!     | hops, size                           the container is told
//!     | its node                             no_node
//!     |--- another's ------------------------------------> translated, into the mesh
//!     '--- this one -------------------------------------> translated, into the host, by cw-host
//! ```

use causeway_common::{
    Attachment, Backend, Counter, DropReason, Endpoint, Flow, FlowKeyV4, Ipv4, MESH_VNI, Road, flow, node,
};

use super::{
    drop::drop,
    ingress::away,
    notice,
    to_node::to_node,
    translated::{alive, note, says, translate, translate_error},
};
use crate::{
    helpers::{self, Skb},
    maps::{self, flows, roads},
    steps::{
        mesh, mss,
        notice::Notice,
        size::{Headers, Size},
        tuple::{self, Seen},
    },
    wire::{ErrorFrame, Ethernet, IPV4_LEN, IpHeader, TransportFrame, copy_mac},
};

/// The verdict for a packet that goes by the mesh.
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
        Seen::Error => error(skb, from),
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
    if is_over(found.flow) {
        // Another backend is chosen, where the packet came from.
        flows::forget(key, found.flow);
        roads::hand_on(skb, Road::Beyond);
        return Err(DropReason::NoProgram);
    }
    if let Some(notice) = obstacle(skb, from, key)? {
        return notice::to_container(skb, from, notice);
    }
    let ecn = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?.ip.ecn();
    let flow = note(key, found, says, now)?;
    if says.synchronizes() {
        skb.lower_segments(mss::of_packets(limit(from)));
    }
    translate(skb, key, flow)?;
    deliver(skb, from, flow, ecn)
}

/// What the container is to be told, where its packet cannot go on as it is.
#[inline(always)]
fn obstacle(skb: &mut Skb, from: &Attachment, key: &FlowKeyV4) -> Result<Option<Notice>, DropReason> {
    let size = Size { frame: skb.len(), gso: skb.gso_size() };
    let headers = Headers { ip: IPV4_LEN, protocol: key.protocol };
    let limit = limit(from);
    let fits = size.check(&headers, limit, |offset| skb.byte(offset)).is_ok();
    let hops = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?.ip.hops_left();
    Ok(match (hops <= 1, fits) {
        (true, _) => Some(Notice::EXPIRED),
        (_, false) => Some(Notice::too_big(limit)),
        _ => None,
    })
}

/// The largest IP packet, bytes, that goes from the container into the mesh.
#[inline(always)]
fn limit(from: &Attachment) -> u16 {
    let limit = maps::settings().map_or(u16::MAX, away::limit);
    if limit < from.mtu { limit } else { from.mtu }
}

/// An ICMP error about what came by the mesh.
#[inline(always)]
fn error(skb: &mut Skb, from: &Attachment) -> Result<i32, DropReason> {
    let [_, vni @ ..] = from.vni.to_be_bytes();
    let frame = skb.pulled::<ErrorFrame>().ok_or(DropReason::NoFlow)?;
    let ecn = frame.ip.ecn();
    let key = tuple::complained_of(frame, vni).ok_or(DropReason::NoFlow)?;
    let found = alive(&key, helpers::now()).filter(|found| found.flow.flags & flow::BY_MESH != 0);
    let flow = found.ok_or(DropReason::NoFlow)?.flow;
    translate_error(skb, &key, flow)?;
    deliver(skb, from, flow, ecn)
}

/// Whether a conversation's backend is gone, or has come to this node.
#[inline(always)]
fn is_over(flow: &Flow) -> bool {
    flow.flags & flow::TO_BACKEND != 0 && backend(flow).is_none()
}

/// The backend elsewhere that a flow leads to.
#[inline(always)]
fn backend<'a>(flow: &Flow) -> Option<&'a Backend> {
    maps::backend(flow.generation)
        .filter(|backend| backend.mac == flow.dst_mac && backend.node != node::LOCAL)
}

/// To a backend, or back to the node that has received the question.
#[inline(always)]
fn deliver(skb: &mut Skb, from: &Attachment, flow: &Flow, ecn: u8) -> Result<i32, DropReason> {
    if flow.flags & flow::TO_BACKEND == 0 {
        return back(skb, from, flow.generation.to_ne_bytes(), ecn);
    }
    let backend = backend(flow).ok_or(DropReason::NoBackend)?;
    let to = Endpoint { mac: backend.mac, node: backend.node, vni: MESH_VNI, ..Endpoint::default() };
    let verdict = to_node(skb, &to, &mesh::naming(backend.addr), ecn)?;
    maps::count(Counter::ToMesh);
    Ok(verdict)
}

/// To the node that has the address.
#[inline(always)]
fn back(skb: &mut Skb, from: &Attachment, vtep: Ipv4, ecn: u8) -> Result<i32, DropReason> {
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
