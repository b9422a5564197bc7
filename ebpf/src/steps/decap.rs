//! Decapsulation (RFC 7348): what must be true of a VXLAN packet before its frame is let in.

use causeway_common::{
    DropReason, Endpoint, node,
    vni::{HOST_VNI, LOCAL_VNI_FIRST},
};

use crate::wire::{
    ETHERNET_LEN, Ethernet, IPV4, IPV4_LEN, IpHeader, Ipv4Frame, UDP_LEN, UdpFrame, VXLAN_LEN, VxlanFrame,
};

/// "The VNI is valid" (RFC 7348 §5); all other flags are ignored on receipt.
const VNI_VALID: u8 = 0x08;

/// The VNI of a VXLAN packet of `len` bytes whose lengths agree and whose VNI is valid.
#[inline(always)]
pub fn vni(frame: &VxlanFrame, len: u32) -> Result<u32, DropReason> {
    let UdpFrame { eth: _, ip, udp } = &frame.outer;
    let total = u32::from(u16::from_be_bytes(ip.tot_len));
    let datagram = u32::from(u16::from_be_bytes(udp.len));
    let agree = total + ETHERNET_LEN <= len && datagram + IPV4_LEN == total;
    if !agree || frame.vxlan.flags & VNI_VALID == 0 {
        return Err(DropReason::VxlanMalformed);
    }
    let [a, b, c] = frame.vxlan.vni;
    Ok(u32::from_be_bytes([0, a, b, c]))
}

/// The VNI must be one that travels: the host's view and bridge networks have numbers that stay on
/// their node, and what claims to be for them was never theirs.
#[inline(always)]
pub const fn check_vni(vni: u32) -> Result<(), DropReason> {
    if vni == HOST_VNI || vni >= LOCAL_VNI_FIRST { Err(DropReason::UnknownVni) } else { Ok(()) }
}

/// The inner frame must be an IPv4 packet that fits into the datagram of `datagram` bytes.
#[inline(always)]
pub fn check_inner(inner: &Ipv4Frame, datagram: [u8; 2]) -> Result<(), DropReason> {
    let headers = UDP_LEN + VXLAN_LEN + ETHERNET_LEN;
    // Where the datagram is shorter than that, nothing fits into it.
    let room = u32::from(u16::from_be_bytes(datagram)).saturating_sub(headers);
    match inner.eth.ethertype {
        IPV4 if inner.ip.is_sound(room) => Ok(()),
        IPV4 => Err(DropReason::Malformed),
        _ => Err(DropReason::NotIpv4),
    }
}

/// The endpoint must live here, under this very VNI and MAC.
#[inline(always)]
pub fn check_endpoint(to: &Endpoint, vni: u32, inner: &Ethernet) -> Result<(), DropReason> {
    if to.node != node::LOCAL {
        return Err(DropReason::NotOurs);
    }
    if to.vni != vni {
        return Err(DropReason::ForeignVni);
    }
    if inner.dst == to.mac { Ok(()) } else { Err(DropReason::WrongMac) }
}
