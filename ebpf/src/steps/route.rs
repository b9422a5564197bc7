//! The gateway between the subnets of a network: new MACs, one hop less (RFC 1812 §5.3.1).

use causeway_common::{Attachment, DropReason, Endpoint, Mac};

use super::destination::Way;
use crate::wire::{Ethernet, IpHeader, copy_mac};

/// Sends a packet on its way; the MAC that it comes from then. Through the gateway it loses a hop
/// and gets the gateway's MAC and the endpoint's; in its own subnet it stays as it is.
#[inline(always)]
pub fn forward<'a, H: IpHeader>(
    eth: &mut Ethernet,
    ip: &mut H,
    to: &Endpoint,
    from: &'a Attachment,
    way: Way,
) -> Result<&'a Mac, DropReason> {
    if way == Way::Direct {
        return Ok(&from.mac);
    }
    if ip.hops_left() <= 1 {
        return Err(DropReason::TtlExpired);
    }
    ip.take_hop();
    copy_mac(&mut eth.dst, &to.mac);
    copy_mac(&mut eth.src, &from.gateway_mac);
    Ok(&from.gateway_mac)
}
