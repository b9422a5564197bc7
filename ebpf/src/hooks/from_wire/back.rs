//! Out of the mesh, for a client outside: the answer of a backend elsewhere.
//!
//! ```text
//!  the mesh's VXLAN for this node, from a node, sound
//!     | from this node's address and a port of the mesh
//!     | its checksum is finished
//!     | the way to the client is back where it came from
//!     '--- outer headers off -----> out
//! ```

use core::mem::MaybeUninit;

use causeway_common::{Counter, FlowKeyV4, Settings, flow::OUTSIDE, settings};

use super::{back, lost, tuple};
use crate::{
    helpers::{frame::Frame, route::Route},
    maps,
    steps::{ecn, ingress, mesh, transit},
    wire::{CarriedFrame, CarriedTcpFrame, Ipv4Frame, TCP, copy_mac, settle},
};

/// The verdict for the mesh's VXLAN to this node, where it is carried on at once; its outer header's ECN bits.
#[inline(always)]
pub(super) fn road(frame: &mut Frame, ecn: u8) -> Option<u32> {
    let mut place = MaybeUninit::uninit();
    let key = settle(&mut place, tuple(&frame.view::<CarriedFrame>()?.inner)?);
    let wanted = ingress::wanted(&key.reversed(OUTSIDE))?;
    if key.src != maps::vtep() || !may_pass(frame, key)? {
        return None;
    }
    maps::ingress_of_port(&wanted)?;
    let inner = &frame.view::<CarriedFrame>()?.inner;
    let length = u16::from_be_bytes(inner.ip.tot_len);
    if !mesh::is_for_node(&inner.eth.dst, maps::vtep()) {
        return None;
    }
    let mut place = MaybeUninit::uninit();
    let settings = maps::settings().filter(|settings| settings.flags & settings::INGRESS != 0)?;
    let route = frame.route(settings.host_ifindex, key, length, &mut place)?;
    if route.ifindex != frame.ifindex() {
        return None;
    }
    frame.take_room()?;
    Some(out(frame, settings, route, ecn).unwrap_or_else(lost))
}

/// Whether what travels may pass as it is.
#[inline(always)]
fn may_pass(frame: &mut Frame, key: &FlowKeyV4) -> Option<bool> {
    Some(if key.protocol == TCP {
        transit::tcp(&frame.view::<CarriedTcpFrame>()?.inner)
    } else {
        transit::udp(&frame.view::<CarriedFrame>()?.inner)
    })
}

/// Back to where it came in, towards the client.
#[inline(always)]
fn out(frame: &mut Frame, settings: &Settings, route: &Route, ecn: u8) -> Option<u32> {
    let packet = frame.view::<Ipv4Frame>()?;
    ecn::carry_over(&mut packet.ip, ecn).ok()?;
    copy_mac(&mut packet.eth.dst, &route.dst_mac);
    copy_mac(&mut packet.eth.src, &route.src_mac);
    maps::count(Counter::FromMesh);
    Some(back(frame, settings))
}
