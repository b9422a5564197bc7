//! What should become of a packet in [`world`](super::world), by etherparse's reading of it and none
//! of the road's own code.

use causeway_common::{Attachment, Counter, DropReason, Ipv4, node};
use etherparse::{
    ArpEthIpv4Packet, ArpHardwareId, ArpOperation, ArpPacketSlice, EtherType, Ethernet2Slice, IpNumber,
    Ipv4HeaderSlice, UdpHeaderSlice,
};

use super::world;

/// What should become of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is the host's.
    Host,
    /// It is carried.
    Carried(Counter),
    /// It is dropped.
    Dropped(DropReason),
    /// It is dropped, and its sender told so by a packet in its place.
    Told(DropReason, Counter),
}

impl From<Result<Counter, DropReason>> for Fate {
    fn from(result: Result<Counter, DropReason>) -> Self {
        result.map_or_else(Self::Dropped, Self::Carried)
    }
}

/// The fate of a packet that the sender's container sends.
pub fn from_container(packet: &[u8]) -> Fate {
    match container_road(packet) {
        Err(DropReason::TtlExpired) if is_told(packet, false) => {
            Fate::Told(DropReason::TtlExpired, Counter::ExpiredTold)
        }
        Err(DropReason::TooBig) if is_told(packet, true) => {
            Fate::Told(DropReason::TooBig, Counter::TooBigTold)
        }
        fate => fate.into(),
    }
}

/// Whether the sender of a packet is told that it was dropped; of its size, only where it forbade
/// fragments.
fn is_told(packet: &[u8], of_size: bool) -> bool {
    let Ok(ip) = Ipv4HeaderSlice::from_slice(&packet[14..]) else { return false };
    let is_echo = ip.ihl() == 5 && packet.get(34).is_some_and(|kind| matches!(kind, 0 | 8));
    packet.len() >= 42
        && ip.fragments_offset().value() == 0
        && (!of_size || ip.dont_fragment())
        && (ip.protocol() != IpNumber::ICMP || is_echo)
}

/// The fate of a packet that comes in on the uplink.
pub fn from_uplink(packet: &[u8]) -> Fate {
    if is_mine(packet) { uplink_road(packet).into() } else { Fate::Host }
}

fn container_road(packet: &[u8]) -> Result<Counter, DropReason> {
    let ethernet = ethernet(packet).filter(|_| packet.len() >= 34).ok_or(DropReason::Malformed)?;
    if ethernet.source() != world::mac(world::SENDER) {
        return Err(DropReason::SpoofedMac);
    }
    match ethernet.ether_type() {
        EtherType::IPV4 => carried(&ethernet, packet),
        EtherType::ARP => answered(packet),
        EtherType::VLAN_TAGGED_FRAME | EtherType::PROVIDER_BRIDGING => Err(DropReason::VlanTagged),
        _ => Err(DropReason::NotIpv4),
    }
}

fn carried(ethernet: &Ethernet2Slice<'_>, packet: &[u8]) -> Result<Counter, DropReason> {
    let ip = sound_ipv4(&packet[14..]).ok_or(DropReason::Malformed)?;
    if ip.source() != world::SENDER {
        return Err(DropReason::SpoofedIp);
    }
    let found = world::find(world::VNI, ip.destination());
    let mac = ethernet.destination();
    match found {
        Some((addr, ..)) if mac == world::mac(addr) => {}
        Some(_) if mac == world::mac(world::GATEWAY) && ip.ttl() > 1 => {}
        Some(_) if mac == world::mac(world::GATEWAY) => return Err(DropReason::TtlExpired),
        _ if mac == [0xff; 6] => return Err(DropReason::Broadcast),
        _ if mac[0] % 2 == 1 => return Err(DropReason::Multicast),
        Some(_) => return Err(DropReason::WrongMac),
        None => return Err(DropReason::NoEndpoint),
    }
    if packet.len() - 14 > usize::from(world::MTU) {
        return Err(DropReason::TooBig);
    }
    match found.map(|(.., node)| node) {
        Some(node::LOCAL) => Ok(Counter::ToLocal),
        Some(1 | 2) => Ok(Counter::ToNode),
        _ => Err(DropReason::NoNode),
    }
}

fn answered(packet: &[u8]) -> Result<Counter, DropReason> {
    if packet.len() < 42 {
        return Err(DropReason::Malformed);
    }
    let asked = asked(packet, &world::attachment())?;
    let known = asked == world::GATEWAY || world::find(world::VNI, asked).is_some();
    if known { Ok(Counter::ArpReply) } else { Err(DropReason::ArpUnknown) }
}

/// The address that an ARP packet of a container asks for.
///
/// # Errors
/// Why it asks for none that needs an answer.
pub fn asked(packet: &[u8], from: &Attachment) -> Result<Ipv4, DropReason> {
    let slice = ArpPacketSlice::from_slice(&packet[14..]).ok();
    let right = |arp: &ArpPacketSlice<'_>| {
        arp.hw_addr_type() == ArpHardwareId::ETHERNET && arp.proto_addr_type() == EtherType::IPV4
    };
    let arp = slice.filter(right).and_then(|arp| ArpEthIpv4Packet::try_from(arp.to_packet()).ok());
    let Some(arp) = arp.filter(|arp| arp.operation == ArpOperation::REQUEST) else {
        return Err(DropReason::ArpNotRequest);
    };
    let about_itself = arp.target_ipv4 == from.addr;
    let probe = arp.sender_ipv4 == [0; 4] && about_itself;
    if arp.sender_mac != from.mac || (arp.sender_ipv4 != from.addr && !probe) {
        return Err(DropReason::SpoofedArp);
    }
    if about_itself { Err(DropReason::ArpOwn) } else { Ok(arp.target_ipv4) }
}

/// Whether a packet is VXLAN for this node.
pub fn is_mine(packet: &[u8]) -> bool {
    let tail = |at: usize| packet.get(at..).unwrap_or_default();
    let (Some(ethernet), Ok(ip), Ok(udp)) =
        (ethernet(packet), Ipv4HeaderSlice::from_slice(tail(14)), UdpHeaderSlice::from_slice(tail(34)))
    else {
        return false;
    };
    ethernet.ether_type() == EtherType::IPV4
        && ip.ihl() == 5
        && ip.protocol() == IpNumber::UDP
        && !ip.is_fragmenting_payload()
        && ip.destination() == world::VTEP
        && udp.destination_port() == world::PORT
}

fn uplink_road(packet: &[u8]) -> Result<Counter, DropReason> {
    if packet.len() < 84 {
        return Err(DropReason::VxlanMalformed);
    }
    let source = &packet[26..30];
    if source != world::FAR_VTEP && source != world::UNRESOLVED_VTEP {
        return Err(DropReason::UnknownVtep);
    }
    let vni = vni(packet)?;
    if vni == 0 || vni >> 16 == 0xff {
        return Err(DropReason::UnknownVni);
    }
    inner(packet)?;
    let ip = Ipv4HeaderSlice::from_slice(&packet[64..]).map_err(|_| DropReason::Malformed)?;
    directed(packet, vni, ip.destination())?;
    let (outer_ecn, inner_ecn) = (packet[15] & 3, ip.ecn().value());
    if (outer_ecn, inner_ecn) == (3, 0) { Err(DropReason::EcnNotCapable) } else { Ok(Counter::FromNode) }
}

/// Whether an inner packet is for a container of this node, under its own VNI and MAC.
fn directed(packet: &[u8], vni: u32, to: Ipv4) -> Result<(), DropReason> {
    let nobody = if [world::VNI, world::ROUTED_VNI, world::STRANGER_VNI].contains(&vni) {
        DropReason::NoEndpoint
    } else {
        DropReason::UnknownVni
    };
    let (addr, own_vni, node) = world::find(vni, to).ok_or(nobody)?;
    if node != node::LOCAL {
        return Err(DropReason::NotOurs);
    }
    if own_vni != vni {
        return Err(DropReason::ForeignVni);
    }
    if packet[50..56] == world::mac(addr) { Ok(()) } else { Err(DropReason::WrongMac) }
}

/// The VNI of a VXLAN packet of at least 84 bytes.
///
/// # Errors
/// Its lengths disagree, or it says that it has no VNI.
pub fn vni(packet: &[u8]) -> Result<u32, DropReason> {
    let total = Ipv4HeaderSlice::from_slice(&packet[14..]).map(|ip| usize::from(ip.total_len()));
    let datagram = UdpHeaderSlice::from_slice(&packet[34..]).map(|udp| usize::from(udp.length()));
    match (total, datagram) {
        (Ok(total), Ok(datagram))
            if total <= packet.len() - 14 && datagram + 20 == total && packet[42] & 8 != 0 =>
        {
            Ok(u32::from_be_bytes([packet[46], packet[47], packet[48], packet[49]]) >> 8)
        }
        _ => Err(DropReason::VxlanMalformed),
    }
}

/// Whether the inner frame of a VXLAN packet of at least 84 bytes is whole within its datagram.
///
/// # Errors
/// It is not IPv4, or not whole.
pub fn inner(packet: &[u8]) -> Result<(), DropReason> {
    let end = (34 + usize::from(u16::from_be_bytes([packet[38], packet[39]]))).min(packet.len());
    if packet[62..64] != [8, 0] {
        return Err(DropReason::NotIpv4);
    }
    let ip = packet.get(64..end).and_then(sound_ipv4);
    if ip.is_some() { Ok(()) } else { Err(DropReason::Malformed) }
}

/// An IPv4 header whose packet lies whole in these bytes.
pub fn sound_ipv4(bytes: &[u8]) -> Option<Ipv4HeaderSlice<'_>> {
    let ip = Ipv4HeaderSlice::from_slice(bytes).ok()?;
    let total = usize::from(ip.total_len());
    (total >= ip.slice().len() && total <= bytes.len()).then_some(ip)
}

fn ethernet(packet: &[u8]) -> Option<Ethernet2Slice<'_>> {
    Ethernet2Slice::from_slice_without_fcs(packet).ok()
}
