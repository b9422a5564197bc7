//! VXLAN for this node: whose it is.
//!
//! ```text
//!  VXLAN for this node
//!     | from a node, sound, congestion can be told
//!     |--- the mesh's VNI ------> back
//!     '--- another that travels > home, by the driver alone
//! ```

use causeway_common::MESH_VNI;

use super::{By, back, home, outermost};
use crate::{
    helpers::frame::Frame,
    maps,
    steps::{decap, ecn},
    wire::{IpHeader, VxlanFrame},
};

/// The verdict for VXLAN to this node, where it is carried on at once.
#[inline(always)]
pub(super) fn road(frame: &mut Frame, by: By) -> Option<u32> {
    let (packet, linear) = frame.view_of_linear::<VxlanFrame>()?;
    let outermost = outermost(&packet.outer.ip);
    let len = frame.len(linear, outermost);
    let packet = frame.view::<VxlanFrame>()?;
    let vni = decap::vni(packet, len).ok()?;
    if !maps::is_vtep_v4(packet.outer.ip.source()) {
        return None;
    }
    decap::check_inner(&packet.inner, packet.outer.udp.len).ok()?;
    let ecn = packet.outer.ip.ecn();
    ecn::decapsulate(packet.inner.ip.ecn(), ecn).ok()?;
    match by {
        _ if vni == MESH_VNI => back::road(frame, ecn),
        By::Driver => home::road(frame, vni, ecn),
        By::Kernel => None,
    }
}
