//! From the host to a service, packet by packet: for processes of a node that has none of its backends.
//!
//! ```text
//!  from_host: sound, for a VIP
//!     | from the node's own address        isolated: what the host forwards, or sends under another address,
//!     |                                    would not find its way back
//!     | whole, with ports                  fragment, untranslatable, no_flow
//!     |--- a flow's, its backend is there ----> as it is, into the mesh, or translated, into the container
//!     | a service's                        no_endpoint
//!     |--- echo for the VIP ------------------> answered, back to the host
//!     | a live backend                     no_backend
//!     '--- a new flow ------------------------> as it is, into the mesh, or translated, into the container
//! ```

use causeway_common::{Backend, Counter, DropReason, Endpoint, Flow, FlowKeyV4, MESH_VNI, flow, node};

use super::{
    begin,
    drop::drop,
    to_node::to_node,
    translated::{self, alive, note, says},
};
use crate::{
    helpers::{self, Skb},
    maps::{self, backends, flows},
    steps::{
        echo, masquerade, mesh,
        service::Client,
        track::Says,
        tuple::{self, Seen},
    },
    wire::{IpHeader, TransportFrame, UDP},
};

/// The verdict for a packet of the host to a service.
#[inline(always)]
pub fn host_to_service(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let frame = skb.pulled::<TransportFrame>().ok_or(DropReason::Malformed)?;
    if frame.ip.source() != maps::vtep() {
        return Err(DropReason::Isolated);
    }
    match &tuple::seen(frame, mesh::VNI) {
        Seen::Whole(key) => whole(skb, key),
        Seen::First(_) | Seen::Later => Err(DropReason::Fragment),
        Seen::Error => Err(DropReason::NoFlow),
        Seen::Nothing => Err(DropReason::Untranslatable),
    }
}

/// A packet with ports.
#[inline(always)]
fn whole(skb: &mut Skb, key: &FlowKeyV4) -> Result<i32, DropReason> {
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    match follow(skb, key, says) {
        Err(DropReason::NoFlow) => {}
        result => return result,
    }
    if begins(key, says)? {
        return follow(skb, key, says);
    }
    answer(skb)
}

/// Sends a packet on as its flow says, to a backend elsewhere or here; [`DropReason::NoFlow`] where there
/// is none.
#[inline(always)]
fn follow(skb: &mut Skb, key: &FlowKeyV4, says: Says) -> Result<i32, DropReason> {
    let mut verdict = 0;
    match follow_away(skb, key, says, &mut verdict) {
        Err(DropReason::NoFlow) => translated::follow(skb, key, says),
        result => result.map(|()| verdict),
    }
}

/// The same of those elsewhere. A function of its own: the verifier walks it once a call.
#[inline(never)]
fn follow_away(skb: &mut Skb, key: &FlowKeyV4, says: Says, verdict: &mut i32) -> Result<(), DropReason> {
    let now = helpers::now();
    let found = alive(key, now).filter(|found| found.flow.flags & flow::TO_BACKEND != 0);
    let found = found.ok_or(DropReason::NoFlow)?;
    let Some(backend) = backend(found.flow) else { return gone(key, found.flow) };
    note(key, found, says, now)?;
    let ecn = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?.ip.ecn();
    let to = Endpoint { mac: backend.mac, node: backend.node, vni: MESH_VNI, ..Endpoint::default() };
    *verdict = to_node(skb, &to, &mesh::naming(backend.addr), ecn)?;
    maps::count(Counter::ToMesh);
    Ok(())
}

/// The backend of a flow, as long as it has conversations.
#[inline(always)]
fn backend<'a>(flow: &Flow) -> Option<&'a Backend> {
    maps::backend(flow.generation).filter(|backend| backend.mac == flow.dst_mac)
}

/// What becomes of a conversation whose backend is gone: datagrams are led to another one.
#[inline(always)]
fn gone(key: &FlowKeyV4, flow: &Flow) -> Result<(), DropReason> {
    if key.protocol != UDP {
        return Err(DropReason::NoBackend);
    }
    flows::forget(key, flow);
    Err(DropReason::NoFlow)
}

/// Begins a conversation with a backend; false: it is an echo for the VIP itself.
#[inline(never)]
fn begins(key: &FlowKeyV4, says: Says) -> Result<bool, DropReason> {
    let service = maps::service_v4(key.dst).ok_or(DropReason::NoEndpoint)?;
    if says == Says::ASK {
        return Ok(false);
    }
    // All zero: the host; and any backend will do.
    let client = Client { addr: [0; 4], is_host: false };
    let hash = masquerade::hash(key) >> 16;
    let (index, backend) = backends::choose(key.dst, service, client, hash).ok_or(DropReason::NoBackend)?;
    if backend.node == node::LOCAL {
        return begin::from_host(key, backend.addr, &backend.mac, says).map(|()| true);
    }
    begin::to_mesh(key, index, says).map(|()| true)
}

/// An echo request becomes its reply and goes back.
#[inline(always)]
fn answer(skb: &mut Skb) -> Result<i32, DropReason> {
    let back = skb.ifindex();
    echo::reply(skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?);
    maps::count(Counter::EchoReply);
    Ok(helpers::redirect(back))
}
