//! Rings: read and written through the memory that the map shares (`BPF_F_MMAPABLE`), so that a ring
//! of any size costs three system calls.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    ptr::{self, NonNull},
    sync::atomic::{AtomicU16, Ordering},
};

use causeway_common::{RingBlock, names};

use super::{Dataplane, KernelError};

/// Bytes of a slot.
const SLOT: usize = size_of::<u16>();
/// Memory is shared in pages; those of 4 KiB are the smallest there are, and the largest 64 KiB.
const PAGE: usize = 65_536;

impl Dataplane {
    /// A ring, by its first slot and the number of its slots.
    pub(super) fn ring(&self, first: u32, slots: u32) -> Result<Vec<u16>, KernelError> {
        let window = self.window(first, slots, libc::PROT_READ)?;
        Ok(window.slots().iter().map(|slot| slot.load(Ordering::Relaxed)).collect())
    }

    /// Writes a ring. Slots before and behind it stay as they are.
    pub(super) fn put_ring(&mut self, first: u32, slots: &[u16]) -> Result<(), KernelError> {
        let count = u32::try_from(slots.len()).unwrap_or(u32::MAX);
        let window = self.window(first, count, libc::PROT_READ | libc::PROT_WRITE)?;
        window.slots().iter().zip(slots).for_each(|(at, slot)| at.store(*slot, Ordering::Relaxed));
        Ok(())
    }

    fn window(&self, first: u32, slots: u32, access: i32) -> Result<Window, KernelError> {
        let room = self.capacity(names::RINGS)?.saturating_mul(RingBlock::SLOTS);
        let fits = first.checked_add(slots).is_some_and(|end| end <= room);
        if !fits || !first.is_multiple_of(RingBlock::SLOTS) {
            return Err(KernelError::full(names::RINGS));
        }
        let fd = self.data(names::RINGS)?.fd().as_fd();
        let window = Window::open(fd, first as usize, slots as usize, access);
        window.map_err(|source| KernelError::Batch { map: names::RINGS, source })
    }
}

/// Some slots of the map, in memory.
struct Window {
    base: NonNull<AtomicU16>,
    bytes: usize,
    /// First slot, counted from the base.
    first: usize,
    count: usize,
}

impl Window {
    fn open(map: BorrowedFd<'_>, first: usize, count: usize, access: i32) -> io::Result<Self> {
        let begin = first * SLOT / PAGE * PAGE;
        let bytes = (first + count) * SLOT - begin;
        let offset = i64::try_from(begin).map_err(io::Error::other)?;
        // SAFETY: the kernel chooses the place, so nothing that is there is replaced.
        let base =
            unsafe { libc::mmap(ptr::null_mut(), bytes, access, libc::MAP_SHARED, map.as_raw_fd(), offset) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { base, bytes, first: first - begin / SLOT, count })
    }

    /// The slots. Programs read them at any time: each is loaded and stored whole.
    fn slots(&self) -> &[AtomicU16] {
        // SAFETY: the memory is mapped as long as this value lives, from the base to the last of the
        // slots, and aligned as pages are; a slot that only may be read is only loaded.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr().add(self.first), self.count) }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and no slots are borrowed any more.
        let result = unsafe { libc::munmap(self.base.as_ptr().cast(), self.bytes) };
        debug_assert_eq!(result, 0, "what was mapped is unmapped");
    }
}
