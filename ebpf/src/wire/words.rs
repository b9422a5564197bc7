//! Copying and clearing in words: the compiler would do it byte by byte, or call `memcpy` and
//! `memset`, which in eBPF are loops of single bytes.

use core::{
    mem::{MaybeUninit, transmute},
    ptr::{read_unaligned, write_unaligned, write_volatile},
};

use causeway_common::{Flow, FlowKeyV4, Mac, OuterHeader};

use super::Ethernet;

/// Words of 8 bytes in an outer header; two bytes follow.
const WORDS: usize = size_of::<OuterHeader>() / 8;

/// Copies an outer header: six words and a half-word.
#[inline(always)]
pub fn copy_outer(to: &mut OuterHeader, from: &OuterHeader) {
    let (to, from) = ((&raw mut *to).cast::<u64>(), (&raw const *from).cast::<u64>());
    for word in 0..WORDS {
        // SAFETY: word WORDS - 1 ends at byte 48 of 50, in both.
        unsafe { write_unaligned(to.add(word), read_unaligned(from.add(word))) };
    }
    // SAFETY: bytes 48 and 49 of 50.
    unsafe { write_unaligned(to.add(WORDS).cast::<u16>(), read_unaligned(from.add(WORDS).cast::<u16>())) };
}

/// Copies a MAC: a word of four bytes and a half-word.
#[inline(always)]
pub fn copy_mac(to: &mut Mac, from: &Mac) {
    let (to, from) = ((&raw mut *to).cast::<u32>(), (&raw const *from).cast::<u32>());
    // SAFETY: bytes 0 to 4 of 6, in both.
    unsafe { write_unaligned(to, read_unaligned(from)) };
    // SAFETY: bytes 4 and 5 of 6, in both.
    unsafe { write_unaligned(to.add(1).cast::<u16>(), read_unaligned(from.add(1).cast::<u16>())) };
}

/// A MAC as what it is compared by: a word of four bytes and a half-word, as they stand in memory.
#[inline(always)]
pub fn mac_words(mac: &Mac) -> (u32, u16) {
    let mac = (&raw const *mac).cast::<u32>();
    // SAFETY: bytes 0 to 4 of 6, and bytes 4 and 5.
    unsafe { (read_unaligned(mac), read_unaligned(mac.add(1).cast::<u16>())) }
}

/// Exchanges a frame's MACs.
#[inline(always)]
pub fn swap_macs(eth: &mut Ethernet) {
    let (dst, src) = ((&raw mut eth.dst).cast::<u32>(), (&raw mut eth.src).cast::<u32>());
    // SAFETY: bytes 0 to 4 of 6, in both, which do not overlap.
    unsafe { swap_unaligned(dst, src) };
    // SAFETY: bytes 4 and 5 of 6, in both, which do not overlap.
    unsafe { swap_unaligned(dst.add(1).cast::<u16>(), src.add(1).cast::<u16>()) };
}

/// Exchanges two words.
///
/// # Safety
/// Both are valid for reads and writes, and do not overlap.
#[inline(always)]
unsafe fn swap_unaligned<T: Copy>(one: *mut T, other: *mut T) {
    // SAFETY: the caller vouches for both.
    unsafe {
        let (first, second) = (read_unaligned(one), read_unaligned(other));
        write_unaligned(one, second);
        write_unaligned(other, first);
    }
}

/// A tuple where it has an address. It is written by words of four bytes: of what lies side by side in the packet
/// the compiler makes words of eight, at places of the stack where the verifier refuses them.
#[inline(always)]
pub fn settle(place: &mut MaybeUninit<FlowKeyV4>, key: FlowKeyV4) -> &FlowKeyV4 {
    // SAFETY: a tuple is four words of numbers.
    let words: [u32; 4] = unsafe { transmute(key) };
    for (number, word) in words.into_iter().enumerate() {
        // SAFETY: the last word ends where the tuple does.
        unsafe { write_volatile(place.as_mut_ptr().cast::<u32>().add(number), word) };
    }
    // SAFETY: written whole.
    unsafe { place.assume_init_ref() }
}

/// Two flows of which nothing is decided: words of zero, where they are to stay. They are written as
/// volatile, so that the compiler does not make a call of what is left of them once some fields are
/// written over.
#[inline(always)]
pub fn blank_flows(place: &mut MaybeUninit<[Flow; 2]>) -> &mut [Flow; 2] {
    for word in 0..size_of::<[Flow; 2]>() / 8 {
        // SAFETY: the last word ends where the flows do; a flow is aligned as words are.
        unsafe { write_volatile(place.as_mut_ptr().cast::<u64>().add(word), 0) };
    }
    // SAFETY: written whole, and numbers may all be zero.
    unsafe { place.assume_init_mut() }
}
