//! ARP (RFC 826), answered in place: who asks for a neighbour or the gateway gets the MAC back from
//! the map, and no broadcast leaves the node.

use causeway_common::{Attachment, DropReason, Ipv4, Mac};
use network_types::arp::ArpHdr;

use crate::wire::ArpFrame;

/// Hardware type 1 (Ethernet), protocol type IPv4, lengths 6 and 4.
const ETHERNET_IPV4: ([u8; 2], [u8; 2], u8, u8) = ([0, 1], [8, 0], 6, 4);
const REQUEST: [u8; 2] = [0, 1];
const REPLY: [u8; 2] = [0, 2];
/// The sender of a probe (RFC 5227 §2.1.1).
const NOBODY: Ipv4 = [0; 4];

/// The address that the container asks for.
///
/// A probe or announcement of the container's own address (RFC 5227) needs no answer: addresses are
/// handed out once, nobody else can have it.
pub fn asked(arp: &ArpHdr, from: &Attachment) -> Result<Ipv4, DropReason> {
    if (arp.htype, arp.ptype, arp.hlen, arp.plen) != ETHERNET_IPV4 || arp.oper != REQUEST {
        return Err(DropReason::ArpNotRequest);
    }
    let own = arp.tpa == from.addr;
    if arp.sha != from.mac || !(arp.spa == from.addr || own && arp.spa == NOBODY) {
        return Err(DropReason::SpoofedArp);
    }
    if own { Err(DropReason::ArpOwn) } else { Ok(arp.tpa) }
}

/// The MAC that answers: the gateway's, or the endpoint's that was found under the address.
pub fn answer(asked: Ipv4, found: Option<Mac>, from: &Attachment) -> Result<Mac, DropReason> {
    if asked == from.gateway {
        return Ok(from.gateway_mac);
    }
    found.ok_or(DropReason::ArpUnknown)
}

/// Turns the request into its reply.
pub fn reply(frame: &mut ArpFrame, mac: Mac) {
    frame.eth.dst = frame.eth.src;
    frame.eth.src = mac;
    let asked = frame.arp.tpa;
    frame.arp.oper = REPLY;
    (frame.arp.tha, frame.arp.tpa) = (frame.arp.sha, frame.arp.spa);
    (frame.arp.sha, frame.arp.spa) = (mac, asked);
}
