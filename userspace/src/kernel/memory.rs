//! Memory that a map shares with the programs (`BPF_F_MMAPABLE`): words that both read and write whole.

use std::{
    fmt, io,
    os::fd::{AsRawFd, BorrowedFd},
    ptr::{self, NonNull},
    sync::atomic::{AtomicU16, AtomicU32},
};

/// Memory is shared in pages; those of 4 KiB are the smallest there are, and the largest 64 KiB.
const PAGE: usize = 65_536;

/// What is loaded and stored whole.
pub(super) trait Word {}

impl Word for AtomicU16 {}
impl Word for AtomicU32 {}

/// Some words of a map, in memory.
pub(super) struct Window<W> {
    base: NonNull<W>,
    bytes: usize,
    /// The first word, counted from the base.
    first: usize,
    count: usize,
}

impl<W: Word> Window<W> {
    /// Opens `count` words of a map from the word `first` on. `access`: of mmap(2).
    pub(super) fn open(map: BorrowedFd<'_>, first: usize, count: usize, access: i32) -> io::Result<Self> {
        let begin = first * size_of::<W>() / PAGE * PAGE;
        let bytes = (first + count) * size_of::<W>() - begin;
        let offset = i64::try_from(begin).map_err(io::Error::other)?;
        // SAFETY: the kernel chooses the place, so nothing that is there is replaced.
        let base =
            unsafe { libc::mmap(ptr::null_mut(), bytes, access, libc::MAP_SHARED, map.as_raw_fd(), offset) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { base, bytes, first: first - begin / size_of::<W>(), count })
    }

    /// The words. Programs read them at any time: each is loaded and stored whole.
    pub(super) fn words(&self) -> &[W] {
        // SAFETY: the memory is mapped as long as this value lives, from the base to the last of the
        // words, and aligned as pages are; a word that only may be read is only loaded.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr().add(self.first), self.count) }
    }
}

// SAFETY: what is shared with the programs anyway is atomic; whoever holds the window may unmap it.
unsafe impl<W: Word + Send> Send for Window<W> {}
// SAFETY: the same.
unsafe impl<W: Word + Sync> Sync for Window<W> {}

impl<W> fmt::Debug for Window<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window").field("count", &self.count).finish_non_exhaustive()
    }
}

impl<W> Drop for Window<W> {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and no words are borrowed any more.
        let result = unsafe { libc::munmap(self.base.as_ptr().cast(), self.bytes) };
        debug_assert_eq!(result, 0, "what was mapped is unmapped");
    }
}
