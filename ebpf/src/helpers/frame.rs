//! The frame as the driver has it (XDP), before the kernel makes an skb of it, under names of the road
//! (bpf-helpers(7)).
//!
//! As with the skb, no view outlives a move: a view borrows the frame.

use core::{ffi::c_void, ptr::read_volatile};

use aya_ebpf::{
    EbpfContext,
    bindings::xdp_md,
    helpers::{bpf_redirect, bpf_xdp_adjust_head, bpf_xdp_get_buff_len},
    programs::XdpContext,
};

use crate::wire::{self, Header, OUTER_LEN};

/// The frame.
pub struct Frame(*mut xdp_md);

impl EbpfContext for Frame {
    fn as_ptr(&self) -> *mut c_void {
        self.0.cast()
    }
}

impl Frame {
    /// The frame of an XDP program.
    #[inline(always)]
    pub const fn new(context: &XdpContext) -> Self {
        Self(context.ctx)
    }

    /// The same frame, in a place of its own: a program that is handed one has it in a register.
    #[cfg(feature = "bench")]
    #[inline(always)]
    pub const fn again(&mut self) -> Self {
        Self(self.0)
    }

    /// The kernel's view of it.
    #[inline(always)]
    fn fields(&self) -> &xdp_md {
        // SAFETY: a program's context is valid as long as the program runs.
        unsafe { &*self.0 }
    }

    /// The interface that it came in on.
    #[inline(always)]
    pub fn ifindex(&self) -> u32 {
        self.fields().ingress_ifindex
    }

    /// Where its first buffer ends; read anew each time, as for [`super::Skb::view`].
    #[inline(always)]
    fn end(&self) -> usize {
        // SAFETY: a program's context is valid as long as the program runs.
        (unsafe { read_volatile(&raw const (*self.0).data_end) }) as usize
    }

    /// Bytes of the frame, Ethernet header included, whose first buffer has `linear`. `outermost` is what its own IP
    /// header says that it has at least: only where the first buffer is shorter are the others looked at.
    #[expect(clippy::cast_possible_truncation, reason = "a frame has under 64 KiB and some headers")]
    #[inline(always)]
    pub fn len(&self, linear: u32, outermost: u32) -> u32 {
        if outermost <= linear {
            return linear;
        }
        // SAFETY: the program's own context.
        (unsafe { bpf_xdp_get_buff_len(self.0) }) as u32
    }

    /// Lays headers over the frame; `None` where its first buffer is too short.
    #[inline(always)]
    pub fn view<H: Header>(&mut self) -> Option<&mut H> {
        self.view_of_linear().map(|(view, _)| view)
    }

    /// The same, and how many bytes its first buffer has.
    #[expect(clippy::cast_possible_truncation, reason = "a buffer is a page")]
    #[inline(always)]
    pub fn view_of_linear<H: Header>(&mut self) -> Option<(&mut H, u32)> {
        let (start, end) = (self.fields().data as usize, self.end());
        // SAFETY: the kernel gives a program these bytes; the verifier checks every access to them.
        // The view borrows the frame, so there is no other.
        let view = unsafe { wire::view(start, end) };
        view.map(|view| (view, (end - start) as u32))
    }

    /// Makes room for the outer headers in front of the frame; where there is none it stays as it is.
    #[inline(always)]
    pub fn make_room(&mut self) -> Option<()> {
        self.adjust(-(OUTER_LEN as i32))
    }

    /// Takes the outer headers off; where that cannot be the frame stays as it is.
    #[inline(always)]
    pub fn take_room(&mut self) -> Option<()> {
        self.adjust(OUTER_LEN as i32)
    }

    /// Sends it out where it came in, as other interfaces' frames are: the verdict.
    #[inline(always)]
    pub fn redirect_back(&self) -> u32 {
        self.redirect(self.ifindex())
    }

    /// Sends it out by an interface: the verdict.
    #[expect(clippy::cast_possible_truncation, reason = "verdicts are small")]
    #[inline(always)]
    pub fn redirect(&self, ifindex: u32) -> u32 {
        // SAFETY: it takes no pointers.
        (unsafe { bpf_redirect(ifindex, 0) }) as u32
    }

    #[inline(always)]
    fn adjust(&mut self, bytes: i32) -> Option<()> {
        // SAFETY: the program's own context; no view is alive.
        (unsafe { bpf_xdp_adjust_head(self.0, bytes) } == 0).then_some(())
    }
}
