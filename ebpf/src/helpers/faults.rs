//! What only tests do to a packet, and how they read the kernel's own memory (bpf-helpers(7)).

use core::ptr::from_ref;

use aya_ebpf::{
    bindings::{BPF_CSUM_LEVEL_RESET, BPF_F_INGRESS},
    helpers::{
        bpf_clone_redirect, bpf_csum_level, bpf_probe_read_kernel, bpf_skb_change_tail, bpf_skb_change_type,
        bpf_skb_load_bytes, bpf_skb_store_bytes,
    },
};
use causeway_common::faults::Token;

use super::Skb;
use crate::wire::IPV4;

impl Skb {
    /// Its mark, which lives as long as it stays in its namespace.
    #[inline(always)]
    pub fn mark(&self) -> u32 {
        self.fields().mark
    }

    /// Marks it.
    #[inline(always)]
    pub fn set_mark(&mut self, mark: u32) {
        // SAFETY: the program's own context; programs may write the mark.
        unsafe { (*self.0).mark = mark };
    }

    /// Whom it is for: this host, another one, all (`PACKET_HOST` and so on).
    #[inline(always)]
    pub fn kind(&self) -> u32 {
        self.fields().pkt_type & 7
    }

    /// Says whom it is for.
    #[inline(always)]
    pub fn set_kind(&mut self, kind: u32) {
        // SAFETY: the program's own context; where the kernel refuses the packet stays as it is.
        unsafe { bpf_skb_change_type(self.0, kind) };
    }

    /// Whether it carries IPv4.
    #[inline(always)]
    pub fn is_ipv4(&self) -> bool {
        self.fields().protocol == u32::from(u16::from_ne_bytes(IPV4))
    }

    /// The bytes of a token, wherever they lie.
    #[inline(always)]
    pub fn token(&self, offset: u32) -> Option<Token> {
        let mut token = Token::default();
        // SAFETY: as many bytes are read as a token has, and any bytes are one.
        let result =
            unsafe { bpf_skb_load_bytes(self.0.cast(), offset, (&raw mut token).cast(), Token::LEN as u32) };
        (result == 0).then_some(token)
    }

    /// Changes one byte; nobody vouches for the packet's checksums any more.
    #[inline(always)]
    pub fn flip(&mut self, offset: u32, difference: u8) -> Option<()> {
        let byte = self.byte(offset)? ^ difference;
        self.distrust();
        // SAFETY: the program's own context, one byte of the stack; no view is alive.
        let result = unsafe { bpf_skb_store_bytes(self.0, offset, from_ref(&byte).cast(), 1, 0) };
        (result == 0).then_some(())
    }

    /// Cuts its end off; nobody vouches for the packet's checksums any more.
    #[inline(always)]
    pub fn cut(&mut self, len: u32) -> Option<()> {
        self.distrust();
        // SAFETY: the program's own context; no view is alive.
        (unsafe { bpf_skb_change_tail(self.0, len, 0) } == 0).then_some(())
    }

    /// A clone of it comes in where it came in.
    #[inline(always)]
    pub fn twin(&mut self) -> Option<()> {
        // SAFETY: the program's own context; no view is alive.
        (unsafe { bpf_clone_redirect(self.0, self.ifindex(), BPF_F_INGRESS as u64) } == 0).then_some(())
    }

    #[inline(always)]
    fn distrust(&mut self) {
        // SAFETY: the program's own context.
        unsafe { bpf_csum_level(self.0, BPF_CSUM_LEVEL_RESET.into()) };
    }
}

/// The kernel's memory; what is not there cannot be read.
pub struct Kernel;

impl Kernel {
    /// A pointer.
    #[inline(always)]
    pub fn pointer(at: u64) -> Option<u64> {
        // SAFETY: any bytes are a number.
        unsafe { read(at) }
    }

    /// A number of 32 bits.
    #[inline(always)]
    pub fn number(at: u64) -> Option<u32> {
        // SAFETY: any bytes are a number.
        unsafe { read(at) }
    }

    /// A number of 16 bits.
    #[inline(always)]
    pub fn short(at: u64) -> Option<u16> {
        // SAFETY: any bytes are a number.
        unsafe { read(at) }
    }

    /// The bytes of a token.
    #[inline(always)]
    pub fn token(at: u64) -> Option<Token> {
        // SAFETY: any bytes are a token.
        unsafe { read(at) }
    }
}

/// Reads a value.
///
/// # Safety
/// Any bytes are a `T`.
#[inline(always)]
unsafe fn read<T>(at: u64) -> Option<T> {
    // SAFETY: the kernel refuses addresses where nothing is.
    unsafe { bpf_probe_read_kernel(at as *const T) }.ok()
}
