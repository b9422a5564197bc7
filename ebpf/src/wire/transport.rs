//! Transport headers, as far as translation and tracking look at them.

use causeway_common::OuterHeader;
use network_types::ip::Ipv4Hdr;

use super::{ETHERNET_LEN, Ethernet, IPV4_LEN};

/// IANA protocol number of ICMP.
pub const ICMP: u8 = 1;
/// IANA protocol number of TCP.
pub const TCP: u8 = 6;
/// IANA protocol number of UDP.
pub const UDP: u8 = 17;

/// Where the transport header begins in a frame without IP options.
pub const TRANSPORT: u32 = ETHERNET_LEN + IPV4_LEN;

/// The first eight bytes behind an IP header: all that an ICMP error must quote (RFC 792).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eight {
    /// TCP, UDP: the source port. ICMP: type and code.
    pub first: [u8; 2],
    /// TCP, UDP: the destination port. ICMP: the checksum.
    pub second: [u8; 2],
    /// UDP: the length. ICMP echo: the identifier.
    pub third: [u8; 2],
    /// UDP: the checksum. ICMP echo: the sequence number.
    pub fourth: [u8; 2],
}

/// Ethernet, IPv4 without options, eight bytes of what follows: 42 bytes.
#[repr(C)]
pub struct TransportFrame {
    /// Ethernet.
    pub eth: Ethernet,
    /// IPv4.
    pub ip: Ipv4Hdr,
    /// What follows.
    pub eight: Eight,
}

/// A TCP header without options (RFC 9293 §3.1): 20 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// Source port.
    pub src: [u8; 2],
    /// Destination port.
    pub dst: [u8; 2],
    /// Sequence number.
    pub sequence: [u8; 4],
    /// Acknowledgement number.
    pub acknowledgement: [u8; 4],
    /// Length of the header in words, in the upper half.
    pub data_offset: u8,
    /// CWR, ECE, URG, ACK, PSH, RST, SYN, FIN, from bit 7 down to bit 0.
    pub flags: u8,
    /// Window.
    pub window: [u8; 2],
    /// Checksum, over the pseudo-header too.
    pub checksum: [u8; 2],
    /// Urgent pointer.
    pub urgent: [u8; 2],
}

/// Ethernet, IPv4 without options, TCP: 54 bytes.
#[repr(C)]
pub struct TcpFrame {
    /// Ethernet.
    pub eth: Ethernet,
    /// IPv4.
    pub ip: Ipv4Hdr,
    /// TCP.
    pub tcp: Tcp,
}

/// An ICMP error (RFC 792) and the packet that it quotes, as far as that must be there: 70 bytes.
#[repr(C)]
pub struct ErrorFrame {
    /// Ethernet.
    pub eth: Ethernet,
    /// IPv4.
    pub ip: Ipv4Hdr,
    /// ICMP: type and code, checksum, two words of the error's own.
    pub icmp: Eight,
    /// The quoted packet's IPv4 header.
    pub quoted_ip: Ipv4Hdr,
    /// The first bytes of what followed it.
    pub quoted: Eight,
}

/// The same where a whole TCP header is quoted: 82 bytes.
#[repr(C)]
pub struct TcpErrorFrame {
    /// Ethernet.
    pub eth: Ethernet,
    /// IPv4.
    pub ip: Ipv4Hdr,
    /// ICMP.
    pub icmp: Eight,
    /// The quoted packet's IPv4 header.
    pub quoted_ip: Ipv4Hdr,
    /// Its TCP header.
    pub quoted: Tcp,
}

/// What came by the mesh, behind its outer headers: 92 bytes.
#[repr(C)]
pub struct CarriedFrame {
    /// The outer headers.
    pub outer: OuterHeader,
    /// The frame that travels.
    pub inner: TransportFrame,
}

/// The same where that is TCP: 104 bytes.
#[repr(C)]
pub struct CarriedTcpFrame {
    /// The outer headers.
    pub outer: OuterHeader,
    /// The frame that travels.
    pub inner: TcpFrame,
}

/// Bytes of a packet that a message about it quotes: the longest IPv4 header and eight more. A packet
/// that is shorter is filled up with zeroes; its own length says where it ends.
pub const QUOTE: u32 = 68;
/// Bytes that stand in front of the quote: IPv4 and ICMP.
pub const QUOTE_HEADERS: u32 = IPV4_LEN + 8;

/// What is quoted of a packet: 68 bytes.
#[repr(C)]
pub struct Quote {
    /// IPv4.
    pub ip: Ipv4Hdr,
    /// The rest.
    pub rest: [u8; (QUOTE - IPV4_LEN) as usize],
}

/// A message about a packet that cannot go on (RFC 792, RFC 1191 §4): 110 bytes.
#[repr(C)]
pub struct NoticeFrame {
    /// Ethernet.
    pub eth: Ethernet,
    /// IPv4.
    pub ip: Ipv4Hdr,
    /// ICMP.
    pub icmp: Eight,
    /// The first bytes of the packet.
    pub quoted: Quote,
}

const _: () = {
    assert!(size_of::<TransportFrame>() == 42);
    assert!(size_of::<TcpFrame>() == 54);
    assert!(size_of::<CarriedFrame>() == 92);
    assert!(size_of::<CarriedTcpFrame>() == 104);
    assert!(size_of::<ErrorFrame>() == 70);
    assert!(size_of::<TcpErrorFrame>() == 82);
    assert!(size_of::<Quote>() == QUOTE as usize);
    assert!(size_of::<NoticeFrame>() == (ETHERNET_LEN + QUOTE_HEADERS + QUOTE) as usize);
};
