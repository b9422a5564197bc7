//! Table of contents of what measures the road on the uplink; see [`causeway_ebpf::hooks::bench`].
#![no_std]
#![no_main]
#![expect(missing_docs, unreachable_pub, reason = "the macros export functions of their own")]

use aya_ebpf::{macros::xdp, programs::XdpContext};
use causeway_ebpf::{helpers::frame::Frame, hooks::bench};

/// Test-run: frames through `from_wire`.
#[xdp]
pub fn over_and_over(context: XdpContext) -> u32 {
    bench::over_and_over(&mut Frame::new(&context))
}

/// Test-run: the same frames, and nothing done with them.
#[xdp]
pub fn nothing(context: XdpContext) -> u32 {
    bench::nothing(&mut Frame::new(&context))
}

/// Live frames: where they begin.
#[xdp]
pub fn make(context: XdpContext) -> u32 {
    bench::make(&mut Frame::new(&context))
}

/// Live frames: in place of `from_driver`.
#[xdp]
pub fn reflect(context: XdpContext) -> u32 {
    bench::reflect(&mut Frame::new(&context))
}

/// Live frames: where they end.
#[xdp]
pub fn swallow(_context: XdpContext) -> u32 {
    bench::swallow()
}

/// The kernel lends some helpers to GPL-compatible programs only.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";

/// The verifier proves that this is never reached; the compiler asks for it.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
