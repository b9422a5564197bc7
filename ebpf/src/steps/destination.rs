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

/// The endpoint and the way to it, from what was found under the destination address. None: nobody
/// has the address, and the packet is for the gateway to carry on.
#[inline(always)]
pub fn choose<'a>(
    eth: &Ethernet,
    found: Option<&'a Endpoint>,
    from: &Attachment,
) -> Result<Option<(&'a Endpoint, Way)>, DropReason> {
    match found {
        Some(to) if eth.dst == to.mac => Ok(Some((to, Way::Direct))),
        Some(to) if eth.dst == from.gateway_mac => Ok(Some((to, Way::Gateway))),
        Some(_) => Err(unicast(&eth.dst).unwrap_or(DropReason::WrongMac)),
        None if eth.dst == from.gateway_mac => Ok(None),
        None => Err(nobody(&eth.dst)),
    }
}

/// Why a packet that nobody has the address of is dropped, by its destination MAC.
#[inline(always)]
pub fn nobody(mac: &Mac) -> DropReason {
    unicast(mac).unwrap_or(DropReason::NoEndpoint)
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
