//! ICMP echo (RFC 792), answered in place: the request becomes its reply.

use core::mem::swap;

use super::tuple::ECHO_REPLY;
use crate::wire::{TransportFrame, change};

/// Turns a request into its reply. Addresses change places, so the IPv4 checksum stays.
#[inline(always)]
pub fn reply(frame: &mut TransportFrame) {
    swap(&mut frame.eth.dst, &mut frame.eth.src);
    swap(&mut frame.ip.src_addr, &mut frame.ip.dst_addr);
    change(&mut frame.eight.second, &mut frame.eight.first, [ECHO_REPLY, 0]);
}
