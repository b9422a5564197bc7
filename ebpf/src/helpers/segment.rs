//! Changes of TCP segments, and of what they say of themselves.

use aya_ebpf::helpers::{bpf_skb_change_tail, bpf_skb_store_bytes};
use causeway_common::DropReason;

use super::{
    Skb,
    repeat::{Attempt, repeat},
};
use crate::{
    steps::mss::{self, TURNS, Walk},
    wire::{TRANSPORT, TcpFrame},
};

/// Where the checksum stands in a TCP header.
const CHECKSUM: u32 = 16;

impl Skb {
    /// Cuts the packet to the headers of a TCP segment without options.
    #[inline(always)]
    pub fn cut_to_segment(&mut self) -> Result<(), DropReason> {
        // SAFETY: the program's own context; no view is alive.
        match unsafe { bpf_skb_change_tail(self.0, size_of::<TcpFrame>() as u32, 0) } {
            0 => Ok(()),
            _ => Err(DropReason::RoomRefused),
        }
    }

    /// Brings the checksum of a TCP segment up to date with a change, unless the hardware is to finish it.
    #[inline(always)]
    pub fn fix_segment(&mut self, delta: [u8; 2]) {
        self.add_delta(TRANSPORT + CHECKSUM, delta, 0);
    }

    /// Lowers the maximum segment size that a TCP header without IP options in front says, where it says a
    /// larger one. A function of its own: few segments say any.
    #[inline(never)]
    pub fn lower_segments(&mut self, limit: u16) {
        let Some(offset) = self.byte(TRANSPORT + 12) else { return };
        let mut search = Search { skb: self, walk: Walk::over(offset) };
        repeat(TURNS, &mut search);
        let at = search.walk.found;
        let (Some(high), Some(low)) = (self.byte(TRANSPORT + at), self.byte(TRANSPORT + at + 1)) else {
            return;
        };
        if at != 0 && u16::from_be_bytes([high, low]) > limit {
            let new = limit.to_be_bytes();
            self.fix_segment(mss::change(at, [high, low], new));
            self.write(TRANSPORT + at, new);
        }
    }

    /// Writes two bytes, wherever they lie.
    #[inline(always)]
    fn write(&mut self, offset: u32, bytes: [u8; 2]) {
        // SAFETY: two bytes are read. It fails only where the packet ends before, and they were read there.
        unsafe { bpf_skb_store_bytes(self.0.cast(), offset, bytes.as_ptr().cast(), 2, 0) };
    }
}

/// A walk over a packet's TCP options.
struct Search<'a> {
    skb: &'a Skb,
    walk: Walk,
}

impl Attempt for Search<'_> {
    #[inline(always)]
    fn attempt(&mut self, _: u32) -> bool {
        self.walk.turn(|at| self.skb.byte(TRANSPORT + at))
    }
}
