//! What benches set, and what they count.

use aya_ebpf::{Global, btf_maps::PerCpuArray, macros::btf_map};
use causeway_common::bench::{NEXT, SWALLOWED};

/// [`NEXT`]: frames made so far. [`SWALLOWED`]: frames that came back. Written by the programs; read by the bench.
#[btf_map]
static BENCH: PerCpuArray<u64, 2> = PerCpuArray::new();

/// How many conversations take turns, at most [`causeway_common::bench::MOST_FLOWS`].
#[unsafe(no_mangle)]
static BENCH_FLOWS: Global<u32> = Global::new(1);

/// How many services' ports they are spread over.
#[unsafe(no_mangle)]
static BENCH_PORTS: Global<u32> = Global::new(1);

/// Each frame's TCP flags.
#[unsafe(no_mangle)]
static BENCH_FLAGS: Global<u8> = Global::new(0x10);

/// Not 0: frames are answers of backends, out of the mesh; else they are clients'.
#[unsafe(no_mangle)]
static BENCH_ANSWERS: Global<u32> = Global::new(0);

/// The interface that made frames leave by.
#[unsafe(no_mangle)]
static BENCH_OUT: Global<u32> = Global::new(0);

/// The number of the next frame.
#[inline(always)]
pub fn next() -> u32 {
    add(NEXT)
}

/// A frame has come back.
#[inline(always)]
pub fn swallowed() {
    add(SWALLOWED);
}

#[expect(clippy::cast_possible_truncation, reason = "what is counted may begin anew")]
#[inline(always)]
fn add(slot: u32) -> u32 {
    let Some(slot) = BENCH.get_ptr_mut(slot) else { return 0 };
    // SAFETY: this CPU's slot of a per-CPU map; programs on one CPU do not interrupt each other.
    unsafe {
        *slot += 1;
        *slot as u32
    }
}

/// [`BENCH_FLOWS`], [`BENCH_PORTS`].
#[inline(always)]
pub fn spread() -> (u32, u32) {
    (BENCH_FLOWS.load(), BENCH_PORTS.load())
}

/// [`BENCH_FLAGS`].
#[inline(always)]
pub fn flags() -> u8 {
    BENCH_FLAGS.load()
}

/// [`BENCH_ANSWERS`].
#[inline(always)]
pub fn answers() -> bool {
    BENCH_ANSWERS.load() != 0
}

/// [`BENCH_OUT`].
#[inline(always)]
pub fn out() -> u32 {
    BENCH_OUT.load()
}
