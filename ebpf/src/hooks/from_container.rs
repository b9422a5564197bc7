//! From a container: checked, looked up once, and sent on.
//!
//! ```text
//!  host-side veth, ingress
//!     | attachment of the interface     no_attachment
//!     | no VLAN tag, frame is whole     vlan_tagged, malformed
//!     | source MAC                      spoofed_mac
//!     |--- ARP: sender, answer          spoofed_arp, arp_*  ---> back out of the same veth
//!     | IPv4: lengths, source address   not_ipv4, malformed, spoofed_ip
//!     | endpoint of the network, or     no_program -------------> beyond: host, published port, outside
//!     | network's containers may talk   icc_disabled
//!     | way to it                       no_endpoint, wrong_mac, broadcast, multicast
//!     |       '--- a datagram for nobody ---------------------> to_service: a backend's that is gone
//!     | through the gateway: one hop    ttl_expired -------------> the container is told
//!     | size                            too_big -----------------> the container is told
//!     |--- endpoint here -------------------------------------> redirect_peer, into the container
//!     |       '--- that has asked services -------------------> to_client
//!     | node, room, outer headers       no_node, room_refused
//!     '-------------------------------------------------------> redirect, out of the uplink
//! ```
//!
//! VXLAN: RFC 7348. ARP: RFC 826. ECN: RFC 6040. Checksums: RFC 1624.

use causeway_common::{Attachment, Counter, DropReason, Endpoint, Mac, Road, attachment, endpoint, node};

use super::{drop::drop, led, notice, to_client, to_node::to_node};
use crate::{
    helpers::{self, Skb},
    maps::{self, roads},
    steps::{arp, destination, ethertype, notice::Notice, route, size, source, tuple},
    wire::{ArpFrame, IpHeader, Ipv4Frame, TransportFrame},
};

/// The verdict for a packet that a container sent.
#[inline(always)]
pub fn from_container(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

/// What is left to know of a packet once its headers are checked.
struct Checked<'a> {
    to: &'a Endpoint,
    source_mac: &'a Mac,
    ecn: u8,
    segment: size::Headers,
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let from = maps::attachment(skb.ifindex()).ok_or(DropReason::NoAttachment)?;
    if skb.has_tag() {
        return Err(DropReason::VlanTagged);
    }
    let size = size::Size { frame: skb.len(), gso: skb.gso_size() };
    let frame = skb.pulled::<Ipv4Frame>().ok_or(DropReason::Malformed)?;
    source::check_mac(&frame.eth, from)?;
    if ethertype::kind(&frame.eth)? == ethertype::Kind::Arp {
        return answer(skb, from);
    }
    let notice = match check(frame, from, size) {
        Ok(None) => return beyond(skb),
        Ok(Some(packet)) => match size.check(&packet.segment, from.mtu, |offset| skb.byte(offset)) {
            Ok(()) => return to_endpoint(skb, &packet),
            Err(_) => Notice::too_big(from.mtu),
        },
        Err(DropReason::TtlExpired) => Notice::EXPIRED,
        Err(DropReason::NoEndpoint) => return perhaps_led(skb),
        Err(reason) => return Err(reason),
    };
    notice::to_container(skb, from, notice)
}

/// To an endpoint of the network, here or elsewhere.
#[inline(always)]
fn to_endpoint(skb: &mut Skb, packet: &Checked<'_>) -> Result<i32, DropReason> {
    if packet.to.node == node::LOCAL {
        return to_local(skb, packet.to);
    }
    let verdict = to_node(skb, packet.to, packet.source_mac, packet.ecn)?;
    maps::count(Counter::ToNode);
    Ok(verdict)
}

/// Everything that the headers decide; a packet for the gateway is its own next hop's afterwards.
/// None: it is for nobody in the network, and for the gateway to carry on.
#[inline(always)]
fn check<'a>(
    frame: &mut Ipv4Frame,
    from: &'a Attachment,
    size: size::Size,
) -> Result<Option<Checked<'a>>, DropReason> {
    if !frame.ip.is_sound(size.packet()) {
        return Err(DropReason::Malformed);
    }
    source::check_addr(&frame.ip, from.addr)?;
    let found = maps::endpoint_v4(from.vni, frame.ip.destination());
    let Some((to, way)) = destination::choose(&frame.eth, found, from)? else { return Ok(None) };
    if from.flags & attachment::ICC_OFF != 0 {
        return Err(DropReason::IccDisabled);
    }
    let source_mac = route::forward(&mut frame.eth, &mut frame.ip, to, from, way)?;
    let segment = size::Headers { ip: frame.ip.header_len(), protocol: frame.ip.protocol() };
    Ok(Some(Checked { to, source_mac, ecn: frame.ip.ecn(), segment }))
}

/// Hands on what is for nobody in the network; the way back is only taken where nobody takes it.
#[inline(always)]
fn beyond(skb: &Skb) -> Result<i32, DropReason> {
    roads::hand_on(skb, Road::Beyond);
    Err(DropReason::NoProgram)
}

/// Into the container of this node that it is for; by the road of clients where that has asked services.
#[inline(always)]
fn to_local(skb: &mut Skb, to: &Endpoint) -> Result<i32, DropReason> {
    if to.flags & endpoint::TRANSLATED != 0 {
        return to_client::hand_on(skb, to, Counter::ToLocal);
    }
    maps::count(Counter::ToLocal);
    Ok(helpers::redirect_peer(to.ifindex))
}

/// Hands on a whole datagram for an address that nobody has any more, which perhaps a backend had.
#[inline(always)]
fn perhaps_led(skb: &mut Skb) -> Result<i32, DropReason> {
    if skb.pulled::<TransportFrame>().is_some_and(|frame| tuple::is_datagram(frame)) {
        roads::hand_on(skb, Road::ToService);
    }
    Err(DropReason::NoEndpoint)
}

/// An ARP request becomes its reply and goes back. Rare, so it is a function of its own and the
/// road of data packets stays short.
#[inline(never)]
fn answer(skb: &mut Skb, from: &Attachment) -> Result<i32, DropReason> {
    let back = skb.ifindex();
    let frame = skb.pulled::<ArpFrame>().ok_or(DropReason::Malformed)?;
    let asked = arp::asked(&frame.arp, from)?;
    let found = maps::endpoint_v4(from.vni, asked).map(|endpoint| endpoint.mac);
    let found = found.or_else(|| led::is_known(from, asked).then_some(from.gateway_mac));
    arp::reply(frame, arp::answer(asked, found, from)?);
    maps::count(Counter::ArpReply);
    Ok(helpers::redirect(back))
}
