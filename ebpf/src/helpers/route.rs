//! The way out of the node, as the host's routing knows it (`bpf_fib_lookup`).

use core::{mem::MaybeUninit, ptr::write_volatile};

use aya_ebpf::{
    EbpfContext,
    bindings::{
        BPF_FIB_LKUP_RET_NO_NEIGH, BPF_FIB_LKUP_RET_SUCCESS, BPF_FIB_LOOKUP_SRC, bpf_fib_lookup,
        bpf_redir_neigh,
    },
    helpers::{bpf_fib_lookup as lookup, bpf_redirect_neigh},
};
use causeway_common::{DropReason, FlowKeyV4, Ipv4, Mac};

use super::{Skb, frame::Frame};

/// `AF_INET`.
const INET: u8 = 2;
const SUCCESS: i64 = BPF_FIB_LKUP_RET_SUCCESS as i64;
const NO_NEIGHBOUR: i64 = BPF_FIB_LKUP_RET_NO_NEIGH as i64;

/// The way to a destination. Fields lie so that each may be read from the stack in words.
#[repr(C, align(8))]
pub struct Route {
    /// MAC of the next hop.
    pub dst_mac: Mac,
    /// The largest IP packet that the route takes, bytes; 0 where it is not known.
    pub mtu: u16,
    /// MAC of the interface.
    pub src_mac: Mac,
    /// The next hop's MAC is known; 0 or 1.
    resolved: u16,
    /// The interface that the packet leaves by.
    pub ifindex: u32,
    /// The address that the host itself would send from.
    pub src: Ipv4,
    /// The next hop's address.
    pub next_hop: Ipv4,
}

impl Route {
    /// Whether the next hop's MAC is known.
    #[inline(always)]
    pub const fn is_resolved(&self) -> bool {
        self.resolved != 0
    }
}

impl Skb {
    /// The way to `key`'s destination for what comes in on `ifindex` from `src` (all zero: whatever
    /// address the route chooses), written to `place`.
    #[inline(always)]
    pub fn route<'a>(
        &mut self,
        ifindex: u32,
        src: Ipv4,
        key: &FlowKeyV4,
        place: &'a mut MaybeUninit<Route>,
    ) -> Result<&'a Route, DropReason> {
        if self.look_up(ifindex, src, key, place) {
            // SAFETY: written, since there is one.
            return Ok(unsafe { place.assume_init_ref() });
        }
        Err(DropReason::NoRoute)
    }

    /// Asks the kernel; whether there is a route, and it was written. A function of its own: the query
    /// takes an eighth of the stack.
    #[inline(never)]
    fn look_up(&mut self, ifindex: u32, src: Ipv4, key: &FlowKeyV4, route: &mut MaybeUninit<Route>) -> bool {
        let mut query = MaybeUninit::uninit();
        let query = Query::ask(&mut query, ifindex, src, key);
        let size = size_of::<Query>() as i32;
        // SAFETY: the program's own context; the query is as long as is said.
        let result = unsafe { lookup(self.0.cast(), (&raw mut *query).cast(), size, BPF_FIB_LOOKUP_SRC) };
        route.write(query.answer(result == SUCCESS));
        matches!(result, SUCCESS | NO_NEIGHBOUR)
    }
}

impl Frame {
    /// The way to `key`'s destination for an IP packet of so many bytes that comes in on `ifindex`, written
    /// to `place`; `None` where the kernel does not know all of it, or the packet does not fit.
    #[inline(always)]
    pub fn route<'a>(
        &self,
        ifindex: u32,
        key: &FlowKeyV4,
        length: u16,
        place: &'a mut MaybeUninit<Route>,
    ) -> Option<&'a Route> {
        if self.look_up(ifindex, key, length, place) {
            // SAFETY: written, since there is one.
            return Some(unsafe { place.assume_init_ref() });
        }
        None
    }

    /// Asks the kernel; whether it knows all of the way, and it was written. A function of its own, as for
    /// the skb.
    #[inline(never)]
    fn look_up(&self, ifindex: u32, key: &FlowKeyV4, length: u16, route: &mut MaybeUninit<Route>) -> bool {
        let mut query = MaybeUninit::uninit();
        let query = Query::ask(&mut query, ifindex, key.src, key);
        query.length = length;
        let size = size_of::<Query>() as i32;
        // SAFETY: the program's own context; the query is as long as is said.
        let result = unsafe { lookup(self.as_ptr(), (&raw mut *query).cast(), size, 0) };
        route.write(query.answer(result == SUCCESS));
        result == SUCCESS
    }
}

/// `struct bpf_fib_lookup` (include/uapi/linux/bpf.h), for IPv4; aligned, so that the stack may be read
/// and written in words.
#[repr(C, align(8))]
struct Query {
    family: u8,
    protocol: u8,
    src_port: u16,
    dst_port: u16,
    /// Asked: the packet's length. Answered: the route's MTU.
    length: u16,
    ifindex: u32,
    metric: u32,
    src: [u32; 4],
    /// Answered: the next hop.
    dst: [u32; 4],
    vlan: u32,
    own_mac: Mac,
    next_mac: Mac,
}

const _: () = assert!(size_of::<Query>() == size_of::<bpf_fib_lookup>());

/// `struct bpf_redir_neigh`, for IPv4; aligned, so that the stack may be written in words.
#[repr(C, align(8))]
struct NextHop {
    family: u32,
    addr: [u32; 4],
}

const _: () = assert!(size_of::<NextHop>() >= size_of::<bpf_redir_neigh>());

impl Query {
    /// Asks. Every word is written as volatile: what the compiler would make of zeroes is a call of
    /// `memset`, and of two ports a word that lies across two of the stack's.
    #[inline(always)]
    fn ask<'a>(query: &'a mut MaybeUninit<Self>, ifindex: u32, src: Ipv4, key: &FlowKeyV4) -> &'a mut Self {
        for word in 0..size_of::<Self>() / 8 {
            // SAFETY: the last word ends where the query does.
            unsafe { write_volatile(query.as_mut_ptr().cast::<u64>().add(word), 0) };
        }
        // SAFETY: written whole, and numbers may all be zero.
        let query = unsafe { query.assume_init_mut() };
        (query.family, query.protocol) = (INET, key.protocol);
        query.src_port = u16::from_ne_bytes(key.src_port);
        // SAFETY: a field of a local.
        unsafe { write_volatile(&raw mut query.dst_port, u16::from_ne_bytes(key.dst_port)) };
        // A length, so that the route's MTU is told; one that every route takes.
        query.length = 1;
        query.ifindex = ifindex;
        (query.src[0], query.dst[0]) = (u32::from_ne_bytes(src), u32::from_ne_bytes(key.dst));
        query
    }

    /// What is answered. Without a neighbour the kernel tells neither MACs nor MTU.
    #[inline(always)]
    fn answer(&self, resolved: bool) -> Route {
        Route {
            dst_mac: self.next_mac,
            mtu: if resolved { self.length } else { 0 },
            src_mac: self.own_mac,
            resolved: resolved.into(),
            ifindex: self.ifindex,
            src: self.src[0].to_ne_bytes(),
            next_hop: self.dst[0].to_ne_bytes(),
        }
    }
}

/// Sends the packet out to a next hop whose MAC the kernel has yet to find; the verdict.
#[inline(always)]
pub fn redirect_to(ifindex: u32, next_hop: Ipv4) -> i32 {
    let mut way = NextHop { family: INET.into(), addr: [u32::from_ne_bytes(next_hop), 0, 0, 0] };
    let size = size_of::<bpf_redir_neigh>() as i32;
    // SAFETY: the parameters are as long as is said.
    unsafe { bpf_redirect_neigh(ifindex, (&raw mut way).cast(), size, 0) as i32 }
}
