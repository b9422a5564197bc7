//! Conversations of nodes' own processes with services.

use core::mem::MaybeUninit;

use causeway_common::{DropReason, Endpoint, FlowKeyV4, Ipv4, Mac, flow, node};

use super::{New, into};
use crate::{
    maps,
    steps::track::{self, Says},
    wire::copy_mac,
};

/// Begins the conversation of a process of this node with a backend elsewhere, by its index. Its packets
/// stay as they are; what is kept is who the backend is.
#[inline(never)]
pub(in crate::hooks) fn to_mesh(key: &FlowKeyV4, index: u32, says: Says) -> Result<(), DropReason> {
    let settings = maps::settings().ok_or(DropReason::NoBackend)?;
    let backend = maps::backend(index).ok_or(DropReason::NoBackend)?;
    let mut place = MaybeUninit::uninit();
    let mut new = New::of(&mut place, key, track::begin(says)?, settings);
    (new.original.flags, new.original.generation) = (flow::TO_BACKEND | flow::UNTRANSLATED, index);
    new.reply.flags |= flow::UNTRANSLATED;
    copy_mac(&mut new.original.dst_mac, &backend.mac);
    (new.original.other_vni, new.reply.other_vni) = (key.vni, key.vni);
    new.enter_as_is()
}

/// Begins a node's own process's conversation with a backend here, which its address and its MAC name.
#[inline(never)]
pub(in crate::hooks) fn from_host(
    key: &FlowKeyV4,
    addr: Ipv4,
    mac: &Mac,
    says: Says,
) -> Result<(), DropReason> {
    let settings = maps::settings().ok_or(DropReason::NoBackend)?;
    let endpoint = endpoint(key.dst, addr, mac)?;
    let container = maps::attachment(endpoint.ifindex).ok_or(DropReason::NoBackend)?;
    let mut place = MaybeUninit::uninit();
    let mut new = New::of(&mut place, key, track::begin(says)?, settings);
    into(new.original, endpoint.ifindex, container);
    let [_, vni @ ..] = endpoint.vni.to_be_bytes();
    (new.original.other_vni, new.reply.other_vni) = (vni, key.vni);
    new.reply.flags |= flow::BY_MESH;
    new.to.dst = addr;
    // The client keeps its port, unless another of its conversations with the container has it.
    new.enter_as_is().or_else(|_| new.enter_by_range())
}

/// The endpoint of this node that is meant, in the network of the service that has the VIP.
#[inline(always)]
fn endpoint<'a>(vip: Ipv4, addr: Ipv4, mac: &Mac) -> Result<&'a Endpoint, DropReason> {
    let service = maps::service_v4(vip).ok_or(DropReason::NoEndpoint)?;
    let endpoint = maps::endpoint_v4(service.network, addr).ok_or(DropReason::NoBackend)?;
    if endpoint.node != node::LOCAL {
        return Err(DropReason::NotOurs);
    }
    if endpoint.mac == *mac { Ok(endpoint) } else { Err(DropReason::NoBackend) }
}
