//! Into the mesh, as the packet is: to a backend on another node, or back to who has sent it there.

use causeway_common::{Backend, Counter, DropReason, Endpoint, FlowKeyV4, Ipv4, MESH_VNI, Mac, Settings};

use crate::{
    helpers::Skb,
    hooks::{notice, to_node::to_node},
    maps,
    steps::{
        mesh::{self, Mark},
        notice::Notice,
        size::{Headers, Size},
    },
    wire::{IPV4_LEN, IpHeader, OUTER_LEN, TransportFrame},
};

/// The largest IP packet, bytes, that goes into the mesh.
#[inline(always)]
pub(in crate::hooks) const fn limit(settings: &Settings) -> u16 {
    // Where the underlay's MTU is not known its routers say it.
    if settings.mtu == 0 { u16::MAX } else { settings.mtu.saturating_sub(OUTER_LEN as u16) }
}

/// To a backend elsewhere; the sender is told where its packet cannot go there. The hop counts at the
/// backend's node.
#[inline(always)]
pub(in crate::hooks) fn to_backend(
    skb: &mut Skb,
    settings: &Settings,
    backend: &Backend,
    asks: bool,
) -> Result<i32, DropReason> {
    if let Some(notice) = obstacle(skb, settings)? {
        return notice::to_outside(skb, notice);
    }
    let mark = if asks { Mark::Asks } else { Mark::Plain };
    send(skb, backend.node, &backend.mac, &mesh::marked(backend.addr, mark))
}

/// Back to the node that asked, since the conversation is not the backend's.
#[inline(always)]
pub(in crate::hooks) fn back(skb: &mut Skb, vtep: Ipv4, backend: Ipv4) -> Result<i32, DropReason> {
    let node = maps::node_of_v4(vtep).ok_or(DropReason::NoNode)?;
    send(skb, node, &mesh::naming(vtep), &mesh::marked(backend, Mark::Unknown))
}

#[inline(always)]
fn send(skb: &mut Skb, node: u32, to: &Mac, from: &Mac) -> Result<i32, DropReason> {
    let ecn = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?.ip.ecn();
    let to = Endpoint { mac: *to, node, vni: MESH_VNI, ..Endpoint::default() };
    let verdict = to_node(skb, &to, from, ecn)?;
    maps::count(Counter::ToMesh);
    Ok(verdict)
}

/// What the sender is to be told, where its packet cannot go on.
#[inline(always)]
fn obstacle(skb: &mut Skb, settings: &Settings) -> Result<Option<Notice>, DropReason> {
    let size = Size { frame: skb.len(), gso: skb.gso_size() };
    let frame = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?;
    let (hops, protocol) = (frame.ip.hops_left(), frame.ip.protocol());
    let limit = limit(settings);
    let fits = size.check(&Headers { ip: IPV4_LEN, protocol }, limit, |offset| skb.byte(offset)).is_ok();
    Ok(match (hops <= 1, fits) {
        (true, _) => Some(Notice::EXPIRED),
        (_, false) => Some(Notice::too_big_for_all(limit)),
        _ => None,
    })
}

/// The tuple of a packet as the backends' nodes know it.
#[inline(always)]
pub(in crate::hooks) const fn inside(key: &FlowKeyV4) -> FlowKeyV4 {
    FlowKeyV4 { vni: mesh::VNI, ..*key }
}
