//! What the injector of faults and its witness are told, and what they tell.

use aya_ebpf::{
    btf_maps::{Array, PerCpuArray, PerCpuHashMap, RingBuf},
    macros::btf_map,
};
use causeway_common::faults::{Event, FreedKey, MISSED, Offsets, Orders};

/// What the injector shall do. Written by the test; read for each packet.
#[btf_map]
static ORDERS: Array<Orders, 1> = Array::new();

/// The ordinal number of the next packet. Written and read by the injector.
#[btf_map]
static NEXT: Array<u32, 1> = Array::new();

/// How often each thing was done, and what could not be told. Written by the programs; read by the test.
#[btf_map]
static DONE: PerCpuArray<u64, { MISSED as usize + 1 }> = PerCpuArray::new();

/// What happened to numbered packets. Written by the programs; read by the test.
#[btf_map]
static NEWS: RingBuf<Event, { 1 << 20 }> = RingBuf::new();

/// Where things are in the kernel. Written by the test; read by the witness.
#[btf_map]
static OFFSETS: Array<Offsets, 1> = Array::new();

/// Packets freed, by namespace and reason. Written by the witness; read by the test.
#[btf_map]
static FREED: PerCpuHashMap<FreedKey, u64, 4096> = PerCpuHashMap::new();

/// Packets that were freed while the witness was at another one. Written by the second witness; read by the test.
#[btf_map]
static FREED_MEANWHILE: PerCpuHashMap<FreedKey, u64, 4096> = PerCpuHashMap::new();

/// The packets that the witness was at, by a part of their addresses. Written by the witness, cleared by the second.
#[btf_map]
static SEEN: PerCpuArray<u64, { SEEN_SLOTS as usize }> = PerCpuArray::new();

/// Of two packets, of which one interrupts the other, one in so many pairs shares its slot.
const SEEN_SLOTS: u32 = 256;

/// [`ORDERS`].
#[inline(always)]
pub fn orders<'a>() -> Option<&'a Orders> {
    ORDERS.get(0)
}

/// [`OFFSETS`].
#[inline(always)]
pub fn offsets<'a>() -> Option<&'a Offsets> {
    OFFSETS.get(0)
}

/// This packet's ordinal number. A wire's packets come one after the other (NAPI); where they do not, two that are
/// met on two CPUs at once may share a number.
#[inline(always)]
pub fn next() -> u32 {
    let Some(next) = NEXT.get_ptr_mut(0) else { return 0 };
    // SAFETY: a slot of a map lives as long as the program; any number is one.
    unsafe {
        let number = *next;
        *next = number.wrapping_add(1);
        number
    }
}

/// Something was done.
#[inline(always)]
pub fn count(slot: u32) {
    let Some(slot) = DONE.get_ptr_mut(slot) else { return };
    // SAFETY: this CPU's slot of a per-CPU map; what is lost where one program interrupts another on its CPU is
    // what the ring tells too.
    unsafe { *slot += 1 };
}

/// Something happened to a numbered packet.
#[inline(always)]
pub fn tell(event: Event) {
    if NEWS.output(event, 0).is_err() {
        count(MISSED);
    }
}

/// A packet was freed; whether `meanwhile`, as [`FREED_MEANWHILE`] says.
#[inline(always)]
pub fn freed(key: FreedKey, meanwhile: bool) {
    let map = if meanwhile { &FREED_MEANWHILE } else { &FREED };
    match map.get_ptr_mut(&key) {
        // SAFETY: this CPU's value of a per-CPU map, which one program alone writes, and none interrupts itself;
        // nothing is ever removed from it.
        Some(count) => unsafe { *count += 1 },
        None => drop(map.insert(&key, &1, 0)),
    }
}

/// The witness is at a packet.
#[inline(always)]
pub fn sees(skb: u64) {
    let Some(slot) = seen(skb) else { return };
    // SAFETY: this CPU's slot of a per-CPU map; who interrupts leaves another packet there or clears it, and what
    // comes of that is said at the map.
    unsafe { *slot = skb }
}

/// Whether the witness was at a packet, just now.
#[inline(always)]
pub fn has_seen(skb: u64) -> bool {
    let Some(slot) = seen(skb) else { return false };
    // SAFETY: as above.
    unsafe {
        let is_seen = *slot == skb;
        if is_seen {
            *slot = 0;
        }
        is_seen
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a part of the address is wanted")]
#[inline(always)]
fn seen(skb: u64) -> Option<*mut u64> {
    SEEN.get_ptr_mut((skb >> 8) as u32 & (SEEN_SLOTS - 1))
}
