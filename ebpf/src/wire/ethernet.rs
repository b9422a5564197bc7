//! Ethernet II (IEEE 802.3). `network_types::EthHdr` holds its type as a `u16`, which asks for an
//! alignment that a packet does not promise; this one is bytes only.

use causeway_common::Mac;

/// EtherType of IPv4.
pub const IPV4: [u8; 2] = [0x08, 0x00];
/// EtherType of ARP.
pub const ARP: [u8; 2] = [0x08, 0x06];
/// EtherType of a VLAN tag (IEEE 802.1Q).
pub const VLAN: [u8; 2] = [0x81, 0x00];
/// EtherType of a service VLAN tag (IEEE 802.1ad).
pub const VLAN_SERVICE: [u8; 2] = [0x88, 0xa8];

/// An Ethernet header.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ethernet {
    /// Destination.
    pub dst: Mac,
    /// Source.
    pub src: Mac,
    /// What follows, as on the wire: [`IPV4`], [`ARP`], …
    pub ethertype: [u8; 2],
}
