//! The skb and the kernel's helpers, under names of the road (bpf-helpers(7)); the frame of XDP: [`frame`].
//!
//! [`Skb::view`] borrows the skb for as long as the view lives, and whatever moves the packet needs
//! the skb itself: the compiler sees to it that no view outlives a move.

#[cfg(feature = "faults")]
pub mod faults;
pub mod frame;
pub mod repeat;
pub mod route;
pub mod segment;
pub mod socket;

use core::{ffi::c_void, ptr::read_volatile};

use aya_ebpf::{
    EbpfContext,
    bindings::{
        __sk_buff, BPF_ADJ_ROOM_ENCAP_L2_SHIFT, BPF_CSUM_LEVEL_DEC, BPF_F_ADJ_ROOM_ENCAP_L2_ETH,
        BPF_F_ADJ_ROOM_ENCAP_L3_IPV4, BPF_F_ADJ_ROOM_ENCAP_L4_UDP, BPF_F_ADJ_ROOM_FIXED_GSO,
        BPF_F_ADJ_ROOM_NO_CSUM_RESET, BPF_F_INGRESS, BPF_F_MARK_MANGLED_0, BPF_F_PSEUDO_HDR,
        bpf_adj_room_mode::BPF_ADJ_ROOM_MAC,
    },
    helpers::{
        bpf_csum_level, bpf_get_hash_recalc, bpf_get_netns_cookie, bpf_get_prandom_u32,
        bpf_ktime_get_coarse_ns, bpf_l4_csum_replace, bpf_redirect, bpf_redirect_neigh, bpf_redirect_peer,
        bpf_set_hash, bpf_skb_adjust_room, bpf_skb_change_tail, bpf_skb_load_bytes, bpf_skb_pull_data,
    },
    programs::TcContext,
};
use causeway_common::{DropReason, state};

use crate::wire::{self, ETHERNET_LEN, Header, ICMP, OUTER_LEN, QUOTE, QUOTE_HEADERS, TCP, TRANSPORT};

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

impl EbpfContext for Skb {
    fn as_ptr(&self) -> *mut c_void {
        self.0.cast()
    }
}

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

    /// Whether it was sent to this host's MAC (`PACKET_HOST`).
    #[inline(always)]
    pub fn is_for_host(&self) -> bool {
        self.fields().pkt_type == 0
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

    /// The cookie of the network namespace that it is in (since Linux 6.15).
    #[inline(always)]
    pub fn namespace(&self) -> u64 {
        // SAFETY: the program's own context.
        unsafe { bpf_get_netns_cookie(self.0.cast()) }
    }

    /// Notes numbers for the program that the packet is handed on to.
    #[inline(always)]
    pub fn note(&mut self, numbers: [u32; 2]) {
        // SAFETY: the program's own context; these words are the programs'.
        unsafe { ((*self.0).cb[0], (*self.0).cb[1]) = (numbers[0], numbers[1]) };
    }

    /// What the program has noted that handed the packet on.
    #[inline(always)]
    pub fn noted(&self) -> [u32; 2] {
        let [first, second, ..] = self.fields().cb;
        [first, second]
    }

    /// The flow's hash, where somebody has given the packet one, such as its socket (TCP).
    #[inline(always)]
    pub fn known_hash(&self) -> Option<u32> {
        match self.fields().hash {
            0 => None,
            hash => Some(hash),
        }
    }

    /// The flow's hash, as the kernel computes it of all headers.
    #[inline(always)]
    pub fn kernels_hash(&mut self) -> u32 {
        // SAFETY: the program's own context.
        unsafe { bpf_get_hash_recalc(self.0) }
    }

    /// Gives the packet a hash: whoever asks for it later, such as an interface with several queues, need not compute
    /// one.
    #[inline(always)]
    pub fn set_hash(&mut self, hash: u32) {
        // SAFETY: the program's own context.
        unsafe { bpf_set_hash(self.0, hash) };
    }

    /// Lays headers over the packet; `None` where its linear part is too short.
    ///
    /// Where the packet begins and ends is read anew for each view: a copy that the compiler keeps in 32
    /// bits is no pointer to the verifier any more.
    #[inline(always)]
    pub fn view<H: Header>(&mut self) -> Option<&mut H> {
        // SAFETY: a program's context is valid as long as the program runs.
        let start = unsafe { read_volatile(&raw const (*self.0).data) };
        // SAFETY: the same.
        let end = unsafe { read_volatile(&raw const (*self.0).data_end) };
        // SAFETY: the kernel gives a program these bytes; the verifier checks every access to them.
        // The view borrows the skb, so there is no other.
        unsafe { wire::view(start as usize, end as usize) }
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
    ///
    /// A card, or GRO, that has vouched for checksums began with the outer one, which is none and so always right:
    /// for the inner one only who vouched for two has. Else the kernel would not look at it any more, and hand on
    /// what was corrupted on the way.
    #[inline(always)]
    pub fn take_room(&mut self) -> Result<(), DropReason> {
        self.adjust(-(OUTER_LEN as i32), TAKE_OFF)?;
        // SAFETY: the program's own context; where nobody has vouched for anything it does nothing.
        unsafe { bpf_csum_level(self.0, BPF_CSUM_LEVEL_DEC.into()) };
        Ok(())
    }

    /// Cuts the packet to what a too-big message quotes of it, and makes room for that message's
    /// headers behind the first 14 bytes.
    #[inline(always)]
    pub fn make_quote(&mut self) -> Result<(), DropReason> {
        // SAFETY: the program's own context; no view is alive.
        match unsafe { bpf_skb_change_tail(self.0, ETHERNET_LEN + QUOTE, 0) } {
            0 => self.adjust(QUOTE_HEADERS as i32, 0),
            _ => Err(DropReason::RoomRefused),
        }
    }

    /// Brings the transport's checksum up to date with changes of addresses and ports, where the
    /// packet has one, also where the hardware is to finish it.
    #[inline(always)]
    pub fn fix_checksum(&mut self, protocol: u8, addresses: [u8; 2], ports: [u8; 2]) {
        let (offset, mangled) = match protocol {
            TCP => (16, 0),
            ICMP => (2, 0),
            // UDP: a checksum of 0 is none.
            _ => (6, BPF_F_MARK_MANGLED_0 as u64),
        };
        if protocol != ICMP {
            self.add_delta(TRANSPORT + offset, addresses, mangled | BPF_F_PSEUDO_HDR as u64);
        }
        self.add_delta(TRANSPORT + offset, ports, mangled);
    }

    /// Adds to the words under a checksum. A size of 0 says: a difference.
    #[inline(always)]
    fn add_delta(&mut self, offset: u32, delta: [u8; 2], flags: u64) {
        // SAFETY: the program's own context; no view is alive. It fails only where the checksum lies
        // behind the end of the packet, and a view over it was there before.
        unsafe { bpf_l4_csum_replace(self.0, offset, 0, u16::from_ne_bytes(delta).into(), flags) };
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

/// Puts the packet where an interface of the host receives; the verdict.
#[inline(always)]
pub fn redirect_ingress(ifindex: u32) -> i32 {
    // SAFETY: the helper takes numbers only.
    unsafe { bpf_redirect(ifindex, BPF_F_INGRESS as u64) as i32 }
}

/// A number that nobody can foresee.
#[inline(always)]
pub fn random() -> u32 {
    // SAFETY: the helper takes nothing.
    unsafe { bpf_get_prandom_u32() }
}

/// The time, in seconds of the coarse monotonic clock.
#[expect(clippy::cast_possible_truncation, reason = "seconds wrap after 136 years")]
#[inline(always)]
pub fn seconds() -> u32 {
    // SAFETY: the helper takes nothing.
    (unsafe { bpf_ktime_get_coarse_ns() } / 1_000_000_000) as u32
}

/// The time, in ticks of the coarse monotonic clock ([`causeway_common::state`]).
#[inline(always)]
pub fn now() -> u32 {
    // SAFETY: the helper takes nothing.
    state::ticks(unsafe { bpf_ktime_get_coarse_ns() })
}
