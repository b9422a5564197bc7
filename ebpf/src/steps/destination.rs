//! Who a packet is for, and whether it asks for the neighbour itself or for the gateway.

use causeway_common::{Attachment, DropReason, Endpoint, Mac};

use crate::wire::Ethernet;

/// How a packet reaches its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In the same subnet, by the endpoint's own MAC.
    Direct,
    /// Through the gateway, into another subnet of the network.
    Gateway,
}

/// The endpoint and the way to it, from what was found under the destination address.
#[inline(always)]
pub fn choose<'a>(
    eth: &Ethernet,
    found: Option<&'a Endpoint>,
    from: &Attachment,
) -> Result<(&'a Endpoint, Way), DropReason> {
    match found {
        Some(to) if eth.dst == to.mac => Ok((to, Way::Direct)),
        Some(to) if eth.dst == from.gateway_mac => Ok((to, Way::Gateway)),
        Some(_) => Err(unicast(&eth.dst).unwrap_or(DropReason::WrongMac)),
        None => Err(unicast(&eth.dst).unwrap_or(DropReason::NoEndpoint)),
    }
}

/// Why a MAC is no unicast one; `None` if it is.
#[inline(always)]
fn unicast(mac: &Mac) -> Option<DropReason> {
    match *mac {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => Some(DropReason::Broadcast),
        [first, ..] if first & 1 == 1 => Some(DropReason::Multicast),
        _ => None,
    }
}
