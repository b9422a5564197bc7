//! Published ports: which container answers for a port of the host.

use crate::{Ipv4, Port};

/// [`PublishedKeyV4::addr`]: every address of the host.
pub const ANY: Ipv4 = [0; 4];
/// [`PublishedKeyV4::addr`]: an entry for `bind` alone, which says that the port is published on
/// some address, so that nobody takes it on all of them.
pub const SOME: Ipv4 = [255; 4];

/// A port of the host, as a packet's destination. Aligned, so that programs may hold it on their stack.
#[repr(C, align(4))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublishedKeyV4 {
    /// An address of the host, [`ANY`] or [`SOME`].
    pub addr: Ipv4,
    /// The published port, network order.
    pub port: Port,
    /// IANA protocol number: 6 TCP, 17 UDP.
    pub protocol: u8,
    /// Zero.
    pub reserved: u8,
}

/// Who answers.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Published {
    /// The container's address.
    pub addr: Ipv4,
    /// VNI of its subnet, host order.
    pub vni: u32,
    /// List of sources that may reach it ([`SourceKeyV4::list`]); 0: everyone.
    pub sources: u32,
    /// The container's port, network order.
    pub port: Port,
    /// Reserved for flags; zero.
    pub flags: u16,
}

/// Key of the trie of sources that may reach a published port. The list is matched whole, then the
/// address by its longest prefix.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKeyV4 {
    /// Number of the list, its bytes as they stand in memory; not 0.
    pub list: u32,
    /// The source address, or a network's first.
    pub addr: Ipv4,
}

impl SourceKeyV4 {
    /// Bits of the list's number, which come before the prefix of the address.
    pub const LIST_BITS: u32 = 32;
    /// Bits of a whole key.
    pub const BITS: u32 = 64;
}
