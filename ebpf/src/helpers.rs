//! The skb and the kernel's helpers, under names of the road (bpf-helpers(7)).
//!
//! [`Skb::view`] borrows the skb for as long as the view lives, and whatever moves the packet needs
//! the skb itself: the compiler sees to it that no view outlives a move.

use aya_ebpf::{
    EbpfContext,
    bindings::{
        __sk_buff, BPF_ADJ_ROOM_ENCAP_L2_SHIFT, BPF_F_ADJ_ROOM_ENCAP_L2_ETH, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4,
        BPF_F_ADJ_ROOM_ENCAP_L4_UDP, BPF_F_ADJ_ROOM_FIXED_GSO, BPF_F_ADJ_ROOM_NO_CSUM_RESET,
        bpf_adj_room_mode::BPF_ADJ_ROOM_MAC,
    },
    helpers::{
        bpf_get_hash_recalc, bpf_redirect, bpf_redirect_neigh, bpf_redirect_peer, bpf_skb_adjust_room,
        bpf_skb_load_bytes, bpf_skb_pull_data,
    },
    programs::TcContext,
};
use causeway_common::DropReason;

use crate::wire::{self, ETHERNET_LEN, Header, OUTER_LEN};

/// Bytes of the inner Ethernet header, where `BPF_F_ADJ_ROOM_ENCAP_L2` has them.
const INNER_ETHERNET: u64 = (ETHERNET_LEN as u64) << BPF_ADJ_ROOM_ENCAP_L2_SHIFT;
/// Headers of a VXLAN tunnel go on. Segments keep their size (the MTU is less already), and the
/// kernel learns what was put on, so that the uplink can still segment.
const PUT_ON: u64 = BPF_F_ADJ_ROOM_FIXED_GSO as u64
    | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 as u64
    | BPF_F_ADJ_ROOM_ENCAP_L4_UDP as u64
    | BPF_F_ADJ_ROOM_ENCAP_L2_ETH as u64
    | INNER_ETHERNET
    | BPF_F_ADJ_ROOM_NO_CSUM_RESET as u64;
/// They go on without the kernel's knowing.
const PUT_ON_UNNOTED: u64 = BPF_F_ADJ_ROOM_FIXED_GSO as u64 | BPF_F_ADJ_ROOM_NO_CSUM_RESET as u64;
/// They come off again; a segment's size is the inner one's. Kernels up to 6.18 have no flag that
/// also takes the tunnel's mark off a GSO packet: a socket takes a TCP packet as it is, but nobody
/// can cut the packet any more. So datagrams leave containers already cut.
const TAKE_OFF: u64 = BPF_F_ADJ_ROOM_FIXED_GSO as u64 | BPF_F_ADJ_ROOM_NO_CSUM_RESET as u64;

/// The packet and what the kernel knows of it.
pub struct Skb(*mut __sk_buff);

impl Skb {
    /// The skb of a TC program.
    #[inline(always)]
    pub fn new(context: &TcContext) -> Self {
        Self(context.as_ptr().cast())
    }

    /// The kernel's view of it.
    #[inline(always)]
    fn fields(&self) -> &__sk_buff {
        // SAFETY: a program's context is valid as long as the program runs.
        unsafe { &*self.0 }
    }

    /// The context, as aya's logging wants it.
    #[cfg(feature = "trace")]
    pub(crate) fn context(&self) -> TcContext {
        TcContext::new(self.0)
    }

    /// Bytes of the frame, Ethernet header included.
    #[expect(clippy::len_without_is_empty, reason = "a frame has at least its Ethernet header")]
    #[inline(always)]
    pub fn len(&self) -> u32 {
        self.fields().len
    }

    /// The interface that it came from.
    #[inline(always)]
    pub fn ifindex(&self) -> u32 {
        self.fields().ifindex
    }

    /// Payload of each segment of a GSO packet, in bytes; 0 for a plain one.
    #[inline(always)]
    pub fn gso_size(&self) -> u32 {
        self.fields().gso_size
    }

    /// Whether a VLAN tag was taken out of the frame and kept beside it.
    #[inline(always)]
    pub fn has_tag(&self) -> bool {
        self.fields().vlan_present != 0
    }

    /// The flow's hash; computed where nobody has yet.
    #[inline(always)]
    pub fn hash(&mut self) -> u32 {
        // SAFETY: the program's own context.
        unsafe { bpf_get_hash_recalc(self.0) }
    }

    /// Lays headers over the packet; `None` where its linear part is too short.
    #[inline(always)]
    pub fn view<H: Header>(&mut self) -> Option<&mut H> {
        let fields = self.fields();
        // SAFETY: the kernel gives a program these bytes; the verifier checks every access to them.
        // The view borrows the skb, so there is no other.
        unsafe { wire::view(fields.data as usize, fields.data_end as usize) }
    }

    /// Lays headers over the packet, after making them linear where they are not; `None` where the
    /// packet is too short.
    #[inline(always)]
    pub fn pulled<H: Header>(&mut self) -> Option<&mut H> {
        if self.view::<H>().is_none() {
            // SAFETY: the program's own context; no view is alive.
            unsafe { bpf_skb_pull_data(self.0, size_of::<H>() as u32) };
        }
        self.view()
    }

    /// One byte of the packet, wherever it lies.
    #[inline(always)]
    pub fn byte(&self, offset: u32) -> Option<u8> {
        let mut byte = 0_u8;
        // SAFETY: one byte is read into one byte.
        let result = unsafe { bpf_skb_load_bytes(self.0.cast(), offset, (&raw mut byte).cast(), 1) };
        (result == 0).then_some(byte)
    }

    /// Makes room for the outer headers, behind the first 14 bytes.
    ///
    /// The kernel refuses to note a second tunnel on a packet that a tunnel of the container's own
    /// has marked. Only who cuts the packet needs the note: a plain packet goes without.
    #[inline(always)]
    pub fn make_room(&mut self) -> Result<(), DropReason> {
        self.adjust(OUTER_LEN as i32, PUT_ON).or_else(|_| self.make_room_unnoted())
    }

    /// Rare, so it is a function of its own and the road of other packets stays short.
    #[inline(never)]
    fn make_room_unnoted(&mut self) -> Result<(), DropReason> {
        match self.gso_size() {
            0 => self.adjust(OUTER_LEN as i32, PUT_ON_UNNOTED),
            _ => Err(DropReason::RoomRefused),
        }
    }

    /// Takes the room of the outer headers away, behind the first 14 bytes.
    #[inline(always)]
    pub fn take_room(&mut self) -> Result<(), DropReason> {
        self.adjust(-(OUTER_LEN as i32), TAKE_OFF)
    }

    #[inline(always)]
    fn adjust(&mut self, bytes: i32, flags: u64) -> Result<(), DropReason> {
        // SAFETY: the program's own context; no view is alive.
        match unsafe { bpf_skb_adjust_room(self.0, bytes, BPF_ADJ_ROOM_MAC, flags) } {
            0 => Ok(()),
            _ => Err(DropReason::RoomRefused),
        }
    }
}

/// Sends the packet out of an interface as it stands; the verdict.
#[inline(always)]
pub fn redirect(ifindex: u32) -> i32 {
    // SAFETY: the helper takes numbers only.
    unsafe { bpf_redirect(ifindex, 0) as i32 }
}

/// Sends the packet out of an interface, with the next hop's MAC found by the kernel; the verdict.
#[inline(always)]
pub fn redirect_neighbour(ifindex: u32) -> i32 {
    // SAFETY: no parameters are handed over: their length is 0.
    unsafe { bpf_redirect_neigh(ifindex, core::ptr::null_mut(), 0, 0) as i32 }
}

/// Puts the packet where the other end of a veth receives, without a queue between; the verdict.
#[inline(always)]
pub fn redirect_peer(ifindex: u32) -> i32 {
    // SAFETY: the helper takes numbers only.
    unsafe { bpf_redirect_peer(ifindex, 0) as i32 }
}
