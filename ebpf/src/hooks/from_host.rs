//! From the host: what it routed into `cw-host` for a container of this node.
//!
//! ```text
//!  cw-host's peer, ingress
//!     | IPv4, whole                      not_ipv4, malformed
//!     |--- for a service's VIP ------------------------------> host_to_service     no_program
//!     | endpoint of the address, here    no_endpoint, broadcast, multicast
//!     | attachment of its interface      no_attachment
//!     | the host's own, or of a network    isolated: what the host forwards reaches published ports, or
//!     | that is routed                     networks that do not masquerade
//!     | size                             too_big: the host's route has the network's MTU, so the kernel
//!     |                                  has told or cut what it could
//!     '-- MACs -----------------------------------------> redirect_peer, into the container
//! ```

use causeway_common::{
    Attachment, Counter, DropReason, Endpoint, Road,
    attachment::{INTERNAL, MASQUERADE},
    node,
    vni::HOST_VNI,
};

use super::drop::drop;
use crate::{
    helpers::{self, Skb},
    maps::{self, roads},
    steps::{
        destination, ethertype,
        service::is_vip,
        size::{Headers, Size},
    },
    wire::{Ethernet, IpHeader, Ipv4Frame, copy_mac},
};

/// The verdict for a packet that the host sent.
#[inline(always)]
pub fn from_host(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let size = Size { frame: skb.len(), gso: skb.gso_size() };
    let frame = skb.pulled::<Ipv4Frame>().ok_or(DropReason::Malformed)?;
    if ethertype::kind(&frame.eth)? != ethertype::Kind::Ipv4 {
        return Err(DropReason::NotIpv4);
    }
    if !frame.ip.is_sound(size.packet()) {
        return Err(DropReason::Malformed);
    }
    if is_for_service(frame) {
        return to_service(skb);
    }
    let to = endpoint(frame)?;
    let container = maps::attachment(to.ifindex).ok_or(DropReason::NoAttachment)?;
    if !may_enter(frame, container) {
        return Err(DropReason::Isolated);
    }
    let headers = Headers { ip: frame.ip.header_len(), protocol: frame.ip.protocol() };
    size.check(&headers, container.mtu, |offset| skb.byte(offset))?;
    let eth = skb.view::<Ethernet>().ok_or(DropReason::Malformed)?;
    copy_mac(&mut eth.dst, &to.mac);
    copy_mac(&mut eth.src, &container.gateway_mac);
    maps::count(Counter::FromHost);
    Ok(helpers::redirect_peer(to.ifindex))
}

/// Whether the destination is one that services have their addresses from.
#[inline(always)]
fn is_for_service(frame: &Ipv4Frame) -> bool {
    maps::settings().is_some_and(|settings| is_vip(frame.ip.destination(), settings))
}

/// Hands on what is for a service.
#[inline(always)]
fn to_service(skb: &Skb) -> Result<i32, DropReason> {
    roads::hand_on(skb, Road::HostToService);
    Err(DropReason::NoProgram)
}

/// Whether a packet that the host carries may enter the container's network: a host that forwards must
/// not lead its neighbours past the published ports.
#[inline(always)]
fn may_enter(frame: &Ipv4Frame, container: &Attachment) -> bool {
    container.flags & (MASQUERADE | INTERNAL) == 0 || maps::host_address_v4(frame.ip.source()).is_some()
}

/// The container of this node that has the destination address.
#[inline(always)]
fn endpoint<'a>(frame: &Ipv4Frame) -> Result<&'a Endpoint, DropReason> {
    let found = maps::endpoint_v4(HOST_VNI, frame.ip.destination()).filter(|to| to.node == node::LOCAL);
    found.ok_or_else(|| destination::nobody(&frame.eth.dst))
}
