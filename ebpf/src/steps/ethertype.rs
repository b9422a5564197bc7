//! What kind of packet a container sent.

use causeway_common::DropReason;

use crate::wire::{self, Ethernet};

/// The kinds that the road carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A question for a MAC, answered in place.
    Arp,
    /// A packet to be carried.
    Ipv4,
}

/// The kind of a frame; tags and other families are refused by name.
#[inline(always)]
pub fn kind(eth: &Ethernet) -> Result<Kind, DropReason> {
    match eth.ethertype {
        wire::IPV4 => Ok(Kind::Ipv4),
        wire::ARP => Ok(Kind::Arp),
        wire::VLAN | wire::VLAN_SERVICE => Err(DropReason::VlanTagged),
        _ => Err(DropReason::NotIpv4),
    }
}
