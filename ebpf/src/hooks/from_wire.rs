//! From the wire, before there is an skb (XDP on the uplink): what only passes through this node on its way
//! between a client and a backend elsewhere, and datagrams for containers here.
//!
//! ```text
//!  uplink, XDP
//!     |--- a client's, for a backend on another node ------> forward: into the mesh, out where it came in
//!     |--- a datagram of a flow into a container * --------> inward: translated, into the container
//!     |--- VXLAN -- out of the mesh, for a client outside -> back: as it is, out where it came in
//!     |       '---- a datagram for a container here * -----> home: into the container
//!     '--- anything else, and whatever is not plain -------> XDP_PASS, untouched, for from_uplink
//!  * by the driver alone
//! ```
//!
//! Where the kernel meets frames in place of the driver there is an skb already, and what the hardware has summed
//! would be wrong once headers have changed: containers' datagrams are TCX's then, which corrects it.
//!
//! It refuses nothing and tells nobody anything: a packet that is not carried on at once is left as it came,
//! and [`from_uplink`](super::from_uplink()) decides about it by the same steps, with an skb at hand.

mod back;
mod carried;
mod forward;
mod home;
mod inward;

use aya_ebpf::bindings::xdp_action::{XDP_DROP, XDP_PASS, XDP_TX};
use causeway_common::{DropReason, FlowKeyV4, Settings, flow::OUTSIDE, settings::REDIRECTS};
use network_types::ip::Ipv4Hdr;

use crate::{
    helpers::frame::Frame,
    maps,
    steps::{mine, tuple},
    wire::{ETHERNET_LEN, IPV4, TransportFrame},
};

/// Who has the kernel run the program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// The driver: there is no skb yet.
    Driver,
    /// The kernel in its place (generic XDP).
    Kernel,
}

/// The verdict for a frame that came in on the uplink, as the driver has it.
#[inline(always)]
pub fn from_driver(frame: &mut Frame) -> u32 {
    road(frame, By::Driver).unwrap_or(XDP_PASS)
}

/// The verdict for a frame that came in on the uplink, and is part of an skb.
#[inline(always)]
pub fn from_wire(frame: &mut Frame) -> u32 {
    road(frame, By::Kernel).unwrap_or(XDP_PASS)
}

#[inline(always)]
fn road(frame: &mut Frame, by: By) -> Option<u32> {
    let (vtep, port) = (maps::vtep(), maps::vxlan_port());
    let packet = frame.view::<TransportFrame>()?;
    if mine::is_mine(packet, vtep, port) {
        return carried::road(frame, by);
    }
    let key = tuple(packet)?;
    // No closure: it would become a function that returns what does not fit into a register.
    match forward::road(frame, key) {
        None if by == By::Driver => inward::road(frame),
        carried => carried,
    }
}

/// The tuple of a packet that may be carried on from here.
#[inline(always)]
fn tuple(packet: &TransportFrame) -> Option<FlowKeyV4> {
    if packet.eth.ethertype == IPV4 { tuple::plain(packet, OUTSIDE) } else { None }
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
