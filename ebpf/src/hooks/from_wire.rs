//! From the wire, before there is an skb (XDP on the uplink): what only passes through this node on its way
//! between a client and a backend elsewhere.
//!
//! ```text
//!  uplink, XDP
//!     |--- a client's, for a backend on another node ------> into the mesh, out where it came in
//!     |--- out of the mesh, for a client outside ----------> as it is, out where it came in
//!     '--- anything else, and whatever is not plain -------> XDP_PASS, untouched, for from_uplink
//! ```
//!
//! It refuses nothing and tells nobody anything: a packet that is not carried on at once is left as it came,
//! and [`from_uplink`](super::from_uplink()) decides about it by the same steps, with an skb at hand.

mod back;
mod forward;

use aya_ebpf::bindings::xdp_action::{XDP_DROP, XDP_PASS, XDP_TX};
use causeway_common::{DropReason, Settings, flow::OUTSIDE, settings::REDIRECTS};
use network_types::ip::Ipv4Hdr;

use crate::{
    helpers::frame::Frame,
    maps,
    steps::{
        mine,
        tuple::{self, Seen},
    },
    wire::{ETHERNET_LEN, IPV4, TransportFrame, UdpFrame},
};

/// The verdict for a frame that came in on the uplink.
#[inline(always)]
pub fn from_wire(frame: &mut Frame) -> u32 {
    road(frame).unwrap_or(XDP_PASS)
}

#[inline(always)]
fn road(frame: &mut Frame) -> Option<u32> {
    let (vtep, port) = (maps::vtep(), maps::vxlan_port());
    if mine::is_mine(frame.view::<UdpFrame>()?, vtep, port) {
        return back::road(frame);
    }
    match seen(frame.view::<TransportFrame>()?) {
        Seen::Whole(key) => forward::road(frame, key),
        _ => None,
    }
}

/// What a packet says of its conversation.
#[inline(always)]
fn seen(frame: &TransportFrame) -> Seen {
    if frame.eth.ethertype == IPV4 { tuple::seen(frame, OUTSIDE) } else { Seen::Nothing }
}

/// Bytes that the frame has at least: what its IP header says, and the Ethernet header.
#[inline(always)]
fn outermost(ip: &Ipv4Hdr) -> u32 {
    u32::from(u16::from_be_bytes(ip.tot_len)) + ETHERNET_LEN
}

/// Out where it came in.
#[inline(always)]
fn back(frame: &Frame, settings: &Settings) -> u32 {
    if settings.flags & REDIRECTS != 0 { frame.redirect_back() } else { XDP_TX }
}

/// What was changed already and cannot be carried on. The verifier wants to know; it does not happen.
#[inline(always)]
fn lost() -> u32 {
    maps::count_drop(DropReason::RoomRefused);
    XDP_DROP
}
