//! Table of contents of what disturbs packets in tests, and of what sees them freed; see
//! [`causeway_ebpf::hooks::faults`] and [`causeway_ebpf::hooks::witness`].
#![no_std]
#![no_main]
#![expect(missing_docs, unreachable_pub, reason = "the macros export functions of their own")]

use aya_ebpf::{
    macros::{classifier, raw_tracepoint},
    programs::{RawTracePointContext, TcContext},
};
use causeway_ebpf::{
    helpers::Skb,
    hooks::{faults, witness},
};

/// TCX ingress of a wire: what comes over it, disturbed as was ordered.
#[classifier]
pub fn disturb(context: TcContext) -> i32 {
    faults::disturb(&mut Skb::new(&context))
}

/// TCX ingress of the far end of the bay: what was held up goes on as if it had just come over the wire.
#[classifier]
pub fn release(context: TcContext) -> i32 {
    faults::release(&mut Skb::new(&context))
}

/// The kernel drops a packet, wherever.
#[raw_tracepoint(tracepoint = "kfree_skb")]
pub fn witness(context: RawTracePointContext) -> i32 {
    witness::witness(context.arg(0), context.arg(1), context.arg(2));
    0
}

/// The same, after the first.
#[raw_tracepoint(tracepoint = "kfree_skb")]
pub fn second_witness(context: RawTracePointContext) -> i32 {
    witness::second(context.arg(0), context.arg(1), context.arg(2));
    0
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
