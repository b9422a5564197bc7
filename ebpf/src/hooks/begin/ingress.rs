//! Conversations of clients of the mesh's ports with backends of this node.

use core::mem::MaybeUninit;

use causeway_common::{DropReason, Endpoint, FlowKeyV4, Ipv4, Mac, node, vni::HOST_VNI};

use super::{New, into};
use crate::{
    hooks::ingress::here::{Target, lead_back},
    maps,
    steps::{
        nat::Translation,
        track::{self, Says},
    },
};

/// Begins one. The client keeps its address and its port, unless another of its conversations with the
/// container has that; a neighbour of the container's comes from the gateway, so that the answer comes
/// back to be translated.
#[inline(never)]
pub(in crate::hooks) fn ingress(key: &FlowKeyV4, to: &Target, says: Says) -> Result<(), DropReason> {
    let settings = maps::settings().ok_or(DropReason::NoBackend)?;
    let endpoint = endpoint(to.addr, &to.mac).ok_or(DropReason::NoBackend)?;
    let container = maps::attachment(endpoint.ifindex).ok_or(DropReason::NoBackend)?;
    let mut place = MaybeUninit::uninit();
    let mut new = New::of(&mut place, key, track::begin_or_end(says)?, settings);
    into(new.original, endpoint.ifindex, container);
    new.original.generation = u32::from_ne_bytes(to.vtep);
    let [_, vni @ ..] = endpoint.vni.to_be_bytes();
    (new.original.other_vni, new.reply.other_vni) = (vni, key.vni);
    lead_back(new.reply, to.back());
    let is_neighbour = maps::endpoint_v4(endpoint.vni, key.src).is_some();
    let src = if is_neighbour { container.gateway } else { key.src };
    new.to = Translation { src, dst: to.addr, src_port: key.src_port, dst_port: to.port };
    new.enter_as_is().or_else(|_| new.enter_by_range())
}

/// The endpoint of this node that is meant by an address and a MAC, whatever its network.
#[inline(always)]
pub(in crate::hooks) fn endpoint<'a>(addr: Ipv4, mac: &Mac) -> Option<&'a Endpoint> {
    maps::endpoint_v4(HOST_VNI, addr).filter(|to| to.node == node::LOCAL && to.mac == *mac)
}
