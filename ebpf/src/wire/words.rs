//! Copying in words: the compiler would copy headers byte by byte, or call `memcpy`, which in eBPF
//! is a loop of single bytes.

use core::ptr::{read_unaligned, write_unaligned};

use causeway_common::{Mac, OuterHeader};

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
