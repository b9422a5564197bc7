//! From outside, a datagram of a known flow for a container here: into the container before there is an skb.
//!
//! ```text
//!  UDP, whole
//!     | containers' interfaces take frames
//!     | an answered flow of its tuple, alive, into a container
//!     | sent to this node, sound, its checksum is finished, has hops left, fits
//!     | its state after this packet
//!     '--- MACs, addresses, ports, checksums -----> XDP_REDIRECT, into the container
//! ```
//!
//! Whatever begins a flow, ends one or has to be answered is left to TCX as it came. Why datagrams alone:
//! [`home`](super::home).

use core::mem::MaybeUninit;

use causeway_common::{Counter, Flow, flow, node::LOCAL, settings};

use super::{super::translated::note, outermost, tuple};
use crate::{
    helpers::{self, frame::Frame},
    maps::{self, flows},
    steps::{nat, track::Says, transit},
    wire::{ETHERNET_LEN, IpHeader, TransportFrame, UDP, add_delta, settle},
};

/// The directions that are carried from here.
const KINDS: u8 = flow::TO_CONTAINER | flow::BY_MESH | flow::TO_BACKEND | flow::FROM_BACKEND;

/// The verdict for a packet with ports that is not VXLAN for this node, where it is carried on at once.
#[inline(always)]
pub(super) fn road(frame: &mut Frame) -> Option<u32> {
    maps::settings().filter(|settings| settings.flags & settings::FRAMES != 0)?;
    // Read anew: what is kept for here costs who has gone on from there.
    let key = tuple(frame.view::<TransportFrame>()?).filter(|key| key.protocol == UDP)?;
    let mut place = MaybeUninit::uninit();
    let key = settle(&mut place, key);
    let (found, now) = (flows::answered(key)?, helpers::now());
    if found.flags & KINDS != flow::TO_CONTAINER || found.is_expired(now) || !may_pass(frame, found)? {
        return None;
    }
    let found = flows::Found { flow: found, answered: true };
    let flow = note(key, found, Says::DATAGRAM, now).ok()?;
    translate(frame.view::<TransportFrame>()?, flow);
    maps::count(Counter::FromOutside);
    Some(frame.redirect(flow.ifindex))
}

/// Whether a packet of the flow may pass. That it has no IP options is known: it has a tuple.
#[inline(always)]
fn may_pass(frame: &mut Frame, flow: &Flow) -> Option<bool> {
    let (packet, linear) = frame.view_of_linear::<TransportFrame>()?;
    let (outermost, hops) = (outermost(&packet.ip), packet.ip.hops_left());
    let ours = packet.eth.dst == maps::node(LOCAL)?.outer.eth_src;
    let plain = ours && hops > 1 && transit::udp(packet);
    let len = frame.len(linear, outermost);
    Some(plain && outermost <= len && len <= u32::from(flow.mtu) + ETHERNET_LEN)
}

/// Writes what the packet becomes.
#[inline(always)]
fn translate(packet: &mut TransportFrame, flow: &Flow) {
    nat::rewrite(packet, flow);
    // None at all is none under other addresses, too (RFC 768).
    if packet.eight.fourth == [0; 2] {
        return;
    }
    let sum = add_delta(add_delta(packet.eight.fourth, flow.address_delta), flow.port_delta);
    packet.eight.fourth = if sum == [0; 2] { [0xff; 2] } else { sum };
}
