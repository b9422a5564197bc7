//! Into VXLAN and out of the uplink.

use causeway_common::{DropReason, Endpoint, Mac, Node, node};

use crate::{
    helpers::{self, Skb},
    maps,
    steps::{encap, spread},
    wire::{EncapsulatedFrame, TransportFrame},
};

/// Puts the outer headers on and sends the packet to the endpoint's node.
#[inline(always)]
pub(super) fn to_node(skb: &mut Skb, to: &Endpoint, source_mac: &Mac, ecn: u8) -> Result<i32, DropReason> {
    let node = maps::node(to.node).ok_or(DropReason::NoNode)?;
    let hash = hash(skb);
    skb.make_room()?;
    let len = skb.len();
    let frame = skb.view::<EncapsulatedFrame>().ok_or(DropReason::RoomRefused)?;
    encap::write(frame, node, &encap::Inner { to, source_mac, ecn, hash }, len);
    Ok(out(node))
}

/// The hash that the conversation's tunnel is known by.
#[inline(always)]
fn hash(skb: &mut Skb) -> u32 {
    if let Some(known) = skb.known_hash() {
        return known;
    }
    // Too short for ports, or not in one piece.
    let Some(frame) = skb.view::<TransportFrame>() else { return skb.kernels_hash() };
    let hash = spread::hash(frame);
    skb.set_hash(hash);
    hash
}

/// Out of the uplink: straight on where the next hop's MAC is known.
#[inline(always)]
fn out(node: &Node) -> i32 {
    if node.flags & node::RESOLVED != 0 {
        helpers::redirect(node.ifindex)
    } else {
        helpers::redirect_neighbour(node.ifindex)
    }
}
