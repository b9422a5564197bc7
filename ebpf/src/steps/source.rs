//! Whether a packet comes from the container that it says it comes from.

use causeway_common::{Attachment, DropReason};

use crate::wire::{Ethernet, IpHeader};

/// The frame's source must be the MAC that the container was given.
#[inline(always)]
pub fn check_mac(eth: &Ethernet, from: &Attachment) -> Result<(), DropReason> {
    if eth.src == from.mac { Ok(()) } else { Err(DropReason::SpoofedMac) }
}

/// The packet's source must be the address that the container was given.
#[inline(always)]
pub fn check_addr<H: IpHeader>(ip: &H, given: H::Addr) -> Result<(), DropReason> {
    if ip.source() == given { Ok(()) } else { Err(DropReason::SpoofedIp) }
}
