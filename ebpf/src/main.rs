//! Table of contents: the programs, each at the place where its packets enter.
#![no_std]
#![no_main]
#![expect(missing_docs, unreachable_pub, reason = "the macro `classifier` exports a function of its own")]

use aya_ebpf::{macros::classifier, programs::TcContext};
use causeway_ebpf::{helpers::Skb, hooks};

/// TCX ingress of a container's host-side veth: everything that the container sends.
#[classifier]
pub fn from_container(context: TcContext) -> i32 {
    hooks::from_container(&mut Skb::new(&context))
}

/// TCX ingress of the uplink: everything that reaches this node; VXLAN from other nodes is ours.
#[classifier]
pub fn from_uplink(context: TcContext) -> i32 {
    hooks::from_uplink(&mut Skb::new(&context))
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
