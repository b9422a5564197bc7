//! Conversations of nodes' own processes with services, and of their containers with ports of the mesh.

use core::mem::MaybeUninit;

use causeway_common::{Attachment, DropReason, FlowKeyV4, Ipv4, Mac, flow};

use super::{New, ingress::endpoint, into};
use crate::{
    helpers::Skb,
    maps,
    steps::{
        ingress, mesh,
        nat::Translation,
        track::{self, Says},
    },
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

/// Begins a container's conversation with a port of the mesh whose backend, by its index, is elsewhere. For
/// that one this node itself asks the service; the answers are the container's.
#[inline(never)]
pub(in crate::hooks) fn ask(
    skb: &Skb,
    key: &FlowKeyV4,
    from: &Attachment,
    index: u32,
    says: Says,
) -> Result<(), DropReason> {
    let settings = maps::settings().ok_or(DropReason::NoBackend)?;
    let of = ingress::wanted(key).and_then(|wanted| maps::ingress(&wanted)).ok_or(DropReason::NoBackend)?;
    if of.sources != 0 && !maps::is_listed_v4(of.sources, key.src) {
        return Err(DropReason::SourceRefused);
    }
    let backend = maps::backend(index).ok_or(DropReason::NoBackend)?;
    let mut place = MaybeUninit::uninit();
    let mut new = New::of(&mut place, key, track::begin(says)?, settings);
    (new.original.flags, new.original.generation) = (flow::TO_BACKEND | flow::BY_MESH, index);
    copy_mac(&mut new.original.dst_mac, &backend.mac);
    copy_mac(&mut new.original.src_mac, &from.gateway_mac);
    into(new.reply, skb.ifindex(), from);
    (new.original.other_vni, new.reply.other_vni) = (mesh::VNI, key.vni);
    new.to = Translation { src: maps::vtep(), dst: of.vip, src_port: key.src_port, dst_port: of.port };
    new.enter_by_range()
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
    maps::service_v4(key.dst).ok_or(DropReason::NoEndpoint)?;
    let endpoint = endpoint(addr, mac).ok_or(DropReason::NoBackend)?;
    let container = maps::attachment(endpoint.ifindex).ok_or(DropReason::NoBackend)?;
    let mut place = MaybeUninit::uninit();
    let mut new = New::of(&mut place, key, track::begin(says)?, settings);
    into(new.original, endpoint.ifindex, container);
    let [_, vni @ ..] = endpoint.vni.to_be_bytes();
    (new.original.other_vni, new.reply.other_vni) = (vni, key.vni);
    new.reply.flags |= flow::BY_MESH;
    new.reply.generation = u32::from_ne_bytes(key.src);
    new.to.dst = addr;
    // The client keeps its port, unless another of its conversations with the container has it.
    new.enter_as_is().or_else(|_| new.enter_by_range())
}
