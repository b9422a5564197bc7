//! To a backend of this node: as a flow of it says, or as a new one.

use causeway_common::{DropReason, FlowKeyV4, Ipv4, Mac, Port, flow};

use crate::{
    helpers,
    helpers::Skb,
    hooks::{
        begin,
        out::stale,
        translated::{alive, follow},
    },
    maps::{self, flows},
    steps::track::Says,
};

/// A backend of this node, and how its answers go back. Fields lie so that none that are written together
/// lie across two words of the stack.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub(in crate::hooks) struct Target {
    /// Its address.
    pub(in crate::hooks) addr: Ipv4,
    /// The VTEP of the node that has received the packet.
    pub(in crate::hooks) vtep: Ipv4,
    /// Its MAC.
    pub(in crate::hooks) mac: Mac,
    /// Its port.
    pub(in crate::hooks) port: Port,
    /// Its answers go straight to the client.
    pub(in crate::hooks) straight: u32,
}

impl Target {
    /// What is kept in a flow of the way back: the VTEP of the node that answers go by, as it stands in
    /// memory; `None`: they go straight out of this one.
    #[inline(always)]
    pub(in crate::hooks) fn back(&self) -> Option<u32> {
        let by_mesh = self.straight == 0 && self.vtep != maps::vtep();
        by_mesh.then_some(u32::from_ne_bytes(self.vtep))
    }
}

/// Whether the conversation is this backend's.
#[inline(always)]
pub(in crate::hooks) fn knows(key: &FlowKeyV4, addr: Ipv4) -> bool {
    alive(key, helpers::now()).is_some_and(|found| found.flow.dst == addr)
}

/// Into the container. [`DropReason::NoFlow`]: nobody wants to hear of that.
#[inline(always)]
pub(in crate::hooks) fn deliver(
    skb: &mut Skb,
    key: &FlowKeyV4,
    to: &Target,
    says: Says,
) -> Result<i32, DropReason> {
    renew(key, to)?;
    match follow(skb, key, says) {
        Err(DropReason::NoFlow) => {}
        result => return result,
    }
    begin::ingress(key, to, says)?;
    follow(skb, key, says)
}

/// A flow with another backend is over: the client's node has chosen this one since. A client that comes by
/// another node now gets its answers by that one. What names no backend of this node ends nothing: no checksum
/// covers the name.
#[inline(never)]
fn renew(key: &FlowKeyV4, to: &Target) -> Result<(), DropReason> {
    let Some(found) = flows::find(key) else { return Ok(()) };
    let flow = found.flow;
    if flow.dst != to.addr || flow.dst_port != to.port {
        begin::endpoint(to.addr, &to.mac).ok_or(DropReason::NoBackend)?;
        flows::forget(key, flow);
        return Ok(());
    }
    let vtep = u32::from_ne_bytes(to.vtep);
    if flow.generation == vtep {
        return Ok(());
    }
    flow.generation = vtep;
    if let Some(found) = flows::find(&flow.other(key.protocol)) {
        lead_back(found.flow, to.back());
    }
    Ok(())
}

/// Leads answers back by a node of the mesh, or straight out.
#[inline(always)]
pub(in crate::hooks) fn lead_back(reply: &mut causeway_common::Flow, by: Option<u32>) {
    match by {
        Some(vtep) => {
            reply.flags |= flow::BY_MESH;
            reply.generation = vtep;
        }
        None => {
            reply.flags &= !flow::BY_MESH;
            reply.generation = maps::settings().map_or(0, stale);
        }
    }
}
