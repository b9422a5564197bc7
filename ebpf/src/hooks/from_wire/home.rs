//! From another node, a datagram for a container here: into the container before there is an skb.
//!
//! ```text
//!  VXLAN for this node, of a network, from a node, sound
//!     | containers' interfaces take frames
//!     | a whole datagram, its checksum is finished, fits
//!     | an endpoint here, under this very VNI and MAC, that has asked no services
//!     '--- outer headers off -----> XDP_REDIRECT, into the container
//! ```
//!
//! Datagrams alone: what a stream is made of comes in many frames, which the kernel merges before TCX sees them,
//! and whose checksums the driver vouches for. Here either would be lost.

use causeway_common::{Counter, endpoint, settings};

use crate::{
    helpers::frame::Frame,
    maps,
    steps::{decap, ecn, transit, tuple},
    wire::{CarriedFrame, IpHeader, OUTER_LEN},
};

/// The verdict for a network's VXLAN, where it is carried on at once; its outer header's ECN bits.
#[inline(always)]
pub(super) fn road(frame: &mut Frame, vni: u32, ecn: u8) -> Option<u32> {
    let settings = maps::settings().filter(|settings| settings.flags & settings::FRAMES != 0)?;
    decap::check_vni(vni).ok()?;
    let inner = &mut frame.view::<CarriedFrame>()?.inner;
    // What the kernel has merged of many (generic XDP) is longer than a container takes.
    let fits = u32::from(u16::from_be_bytes(inner.ip.tot_len)) + OUTER_LEN <= u32::from(settings.mtu);
    if !fits || !tuple::is_datagram(inner) || !transit::udp(inner) {
        return None;
    }
    let to = maps::endpoint_v4(vni, inner.ip.destination())?;
    decap::check_endpoint(to, vni, &inner.eth).ok()?;
    if to.flags & endpoint::TRANSLATED != 0 {
        return None;
    }
    // To do it once more would change nothing: that of TCX, should there be no room to take.
    ecn::carry_over(&mut inner.ip, ecn).ok()?;
    frame.take_room()?;
    maps::count(Counter::FromNode);
    Some(frame.redirect(to.ifindex))
}
