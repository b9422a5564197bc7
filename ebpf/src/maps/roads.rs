//! Handing a packet on to the program of a road.

use causeway_common::Road;

use super::ROADS;
use crate::helpers::Skb;

/// Hands the packet to the program of a road, which gives the verdict; it comes back only where no
/// program is there.
#[inline(always)]
pub fn hand_on(skb: &Skb, road: Road) {
    // SAFETY: nothing is left undone here: values of the programs have no destructors.
    unsafe { ROADS.tail_call(skb, road as u32) };
}
