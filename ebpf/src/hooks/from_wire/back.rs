//! Out of the mesh, for a client outside: the answer of a backend elsewhere.
//!
//! ```text
//!  VXLAN for this node
//!     | the mesh's VNI, from a node, sound
//!     | from this node's address and a port of the mesh
//!     | its checksum is finished
//!     | the way to the client is back where it came from
//!     '--- outer headers off -----> out
//! ```

use core::mem::MaybeUninit;

use causeway_common::{Counter, FlowKeyV4, MESH_VNI, Settings, flow::OUTSIDE, settings};

use super::{back, lost, outermost, seen};
use crate::{
    helpers::{frame::Frame, route::Route},
    maps,
    steps::{decap, ecn, ingress, mesh, transit, tuple::Seen},
    wire::{CarriedFrame, CarriedTcpFrame, IpHeader, Ipv4Frame, TCP, VxlanFrame, copy_mac},
};

/// The verdict for VXLAN to this node, where it is carried on at once.
#[inline(always)]
pub(super) fn road(frame: &mut Frame) -> Option<u32> {
    let ecn = checked(frame)?;
    match &seen(&frame.view::<CarriedFrame>()?.inner) {
        Seen::Whole(key) => whole(frame, key, ecn),
        _ => None,
    }
}

/// A packet with ports.
#[inline(always)]
fn whole(frame: &mut Frame, key: &FlowKeyV4, ecn: u8) -> Option<u32> {
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

/// The ECN bits of the way, where the packet came from a node by the mesh and is sound.
#[inline(always)]
fn checked(frame: &mut Frame) -> Option<u8> {
    let (packet, linear) = frame.view_of_linear::<VxlanFrame>()?;
    let outermost = outermost(&packet.outer.ip);
    let len = frame.len(linear, outermost);
    let packet = frame.view::<VxlanFrame>()?;
    if decap::vni(packet, len) != Ok(MESH_VNI) || !maps::is_vtep_v4(packet.outer.ip.source()) {
        return None;
    }
    decap::check_inner(&packet.inner, packet.outer.udp.len).ok()?;
    let ecn = packet.outer.ip.ecn();
    ecn::decapsulate(packet.inner.ip.ecn(), ecn).ok()?;
    Some(ecn)
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
