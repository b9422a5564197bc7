//! The stacks of headers that the road looks at; each is one bounds check.

use causeway_common::OuterHeader;
use network_types::{arp::ArpHdr, ip::Ipv4Hdr, udp::UdpHdr, vxlan::VxlanHdr};

use super::{Ethernet, OUTER_LEN};

/// Ethernet and IPv4 (without options): 34 bytes.
#[repr(C)]
pub struct Ipv4Frame {
    /// Ethernet.
    pub eth: Ethernet,
    /// IPv4; options follow where `vihl` says so.
    pub ip: Ipv4Hdr,
}

/// Ethernet and ARP for IPv4 (RFC 826): 42 bytes.
#[repr(C)]
pub struct ArpFrame {
    /// Ethernet.
    pub eth: Ethernet,
    /// ARP.
    pub arp: ArpHdr,
}

/// Ethernet, IPv4 without options, UDP: 42 bytes.
#[repr(C)]
pub struct UdpFrame {
    /// Ethernet.
    pub eth: Ethernet,
    /// IPv4.
    pub ip: Ipv4Hdr,
    /// UDP.
    pub udp: UdpHdr,
}

/// A VXLAN packet (RFC 7348 §5) with an IPv4 packet in it: 84 bytes.
#[repr(C)]
pub struct VxlanFrame {
    /// The outer headers.
    pub outer: UdpFrame,
    /// VXLAN.
    pub vxlan: VxlanHdr,
    /// The frame that travels.
    pub inner: Ipv4Frame,
}

/// What encapsulation writes: the outer headers and the inner Ethernet header: 64 bytes.
#[repr(C)]
pub struct EncapsulatedFrame {
    /// The outer headers.
    pub outer: OuterHeader,
    /// The inner Ethernet header.
    pub inner: Ethernet,
}

const _: () = {
    assert!(size_of::<Ipv4Frame>() == 34);
    assert!(size_of::<ArpFrame>() == 42);
    assert!(size_of::<UdpFrame>() == 42);
    assert!(size_of::<VxlanFrame>() == 84);
    assert!(size_of::<EncapsulatedFrame>() == 64);
    assert!(size_of::<OuterHeader>() == OUTER_LEN as usize);
};
