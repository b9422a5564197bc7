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
//!     | through the gateway: one hop    ttl_expired
//!     | size                            too_big -----------------> the container is told
//!     |--- endpoint here -------------------------------------> redirect_peer, into the container
//!     | node, room, outer headers       no_node, room_refused
//!     '-------------------------------------------------------> redirect, out of the uplink
//! ```
//!
//! VXLAN: RFC 7348. ARP: RFC 826. ECN: RFC 6040. Checksums: RFC 1624.

use causeway_common::{Attachment, Counter, DropReason, Endpoint, Mac, Node, Road, attachment, node};

use super::{drop::drop, too_big};
use crate::{
    helpers::{self, Skb},
    maps::{self, roads},
    steps::{arp, destination, encap, ethertype, route, size, source},
    wire::{ArpFrame, EncapsulatedFrame, IpHeader, Ipv4Frame},
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
    let Some(packet) = check(frame, from, size)? else { return beyond(skb) };
    if size.check(&packet.segment, from.mtu, |offset| skb.byte(offset)).is_err() {
        return too_big::tell(skb, from, from.mtu);
    }
    if packet.to.node == node::LOCAL {
        maps::count(Counter::ToLocal);
        return Ok(helpers::redirect_peer(packet.to.ifindex));
    }
    to_node(skb, &packet)
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

/// Into VXLAN and out of the uplink.
#[inline(always)]
fn to_node(skb: &mut Skb, packet: &Checked<'_>) -> Result<i32, DropReason> {
    let node = maps::node(packet.to.node).ok_or(DropReason::NoNode)?;
    let hash = skb.hash();
    skb.make_room()?;
    let len = skb.len();
    let frame = skb.view::<EncapsulatedFrame>().ok_or(DropReason::RoomRefused)?;
    let inner = encap::Inner { to: packet.to, source_mac: packet.source_mac, ecn: packet.ecn, hash };
    encap::write(frame, node, &inner, len);
    maps::count(Counter::ToNode);
    Ok(out(node))
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

/// An ARP request becomes its reply and goes back. Rare, so it is a function of its own and the
/// road of data packets stays short.
#[inline(never)]
fn answer(skb: &mut Skb, from: &Attachment) -> Result<i32, DropReason> {
    let back = skb.ifindex();
    let frame = skb.pulled::<ArpFrame>().ok_or(DropReason::Malformed)?;
    let asked = arp::asked(&frame.arp, from)?;
    let found = maps::endpoint_v4(from.vni, asked).map(|endpoint| endpoint.mac);
    arp::reply(frame, arp::answer(asked, found, from)?);
    maps::count(Counter::ArpReply);
    Ok(helpers::redirect(back))
}
