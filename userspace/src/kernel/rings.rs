//! Rings: read and written through the memory that the map shares (`BPF_F_MMAPABLE`), so that a ring
//! of any size costs three system calls.

use std::{
    os::fd::AsFd,
    sync::atomic::{AtomicU16, Ordering},
};

use causeway_common::{RingBlock, names};

use super::{Dataplane, KernelError, memory::Window};

impl Dataplane {
    /// A ring, by its first slot and the number of its slots.
    pub(super) fn ring(&self, first: u32, slots: u32) -> Result<Vec<u16>, KernelError> {
        let window = self.window(first, slots, libc::PROT_READ)?;
        Ok(window.words().iter().map(|slot| slot.load(Ordering::Relaxed)).collect())
    }

    /// Writes a ring. Slots before and behind it stay as they are.
    pub(super) fn put_ring(&mut self, first: u32, slots: &[u16]) -> Result<(), KernelError> {
        let count = u32::try_from(slots.len()).unwrap_or(u32::MAX);
        let window = self.window(first, count, libc::PROT_READ | libc::PROT_WRITE)?;
        window.words().iter().zip(slots).for_each(|(at, slot)| at.store(*slot, Ordering::Relaxed));
        Ok(())
    }

    fn window(&self, first: u32, slots: u32, access: i32) -> Result<Window<AtomicU16>, KernelError> {
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
