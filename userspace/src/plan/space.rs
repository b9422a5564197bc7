//! Room for rings among the slots.

use std::collections::BTreeMap;

use causeway_common::RingBlock;

/// The slots that are taken.
#[derive(Debug)]
pub(super) struct Space {
    /// How many slots there are.
    slots: u32,
    /// First slot -> the slot behind the last.
    taken: BTreeMap<u32, u32>,
    /// Size -> below this slot none of that size is free.
    searched: BTreeMap<u32, u32>,
}

impl Space {
    /// So many slots, none of them taken.
    pub(super) const fn of(slots: u32) -> Self {
        Self { slots, taken: BTreeMap::new(), searched: BTreeMap::new() }
    }

    /// Slots that somebody reads.
    pub(super) fn take(&mut self, first: u32, slots: u32) {
        let end = self.taken.entry(first).or_default();
        *end = (*end).max(first.saturating_add(slots));
    }

    /// Takes the first `slots` in a row that are free and begin at a multiple of their number, which is a
    /// power of two; where there are none, half as many, and so on down to a block. Gives the first one,
    /// and how many they are.
    pub(super) fn find(&mut self, slots: u32) -> Option<(u32, u32)> {
        let sizes = std::iter::successors(Some(slots), |size| Some(size / 2));
        let mut sizes = sizes.take_while(|size| *size >= RingBlock::SLOTS);
        sizes.find_map(|size| Some((self.find_exactly(size)?, size)))
    }

    fn find_exactly(&mut self, slots: u32) -> Option<u32> {
        let mut first = self.searched.get(&slots).copied().unwrap_or(0);
        while let Some(end) = self.in_the_way(first, slots) {
            first = end.next_multiple_of(slots);
        }
        self.searched.insert(slots, first);
        let fits = first.checked_add(slots).is_some_and(|end| end <= self.slots);
        fits.then(|| self.take(first, slots));
        fits.then_some(first)
    }

    /// The end of what is taken of these slots.
    fn in_the_way(&self, first: u32, slots: u32) -> Option<u32> {
        let before = self.taken.range(..first.saturating_add(slots)).next_back();
        before.map(|(_, end)| *end).filter(|end| *end > first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many slots there are here.
    const SLOTS: u32 = 1 << 20;

    #[test]
    fn the_first_free_slots_are_taken_at_multiples_of_their_number() {
        let mut space = Space::of(SLOTS);
        space.take(512, 512);
        space.take(8192, 32);
        assert_eq!(space.find(512), Some((0, 512)));
        assert_eq!(space.find(512), Some((1024, 512)));
        assert_eq!(space.find(8192), Some((16_384, 8192)), "behind what is in the way");
        assert_eq!(space.find(8192), Some((24_576, 8192)));
        assert_eq!(space.find(512), Some((1536, 512)));
    }

    #[test]
    fn where_no_room_is_left_a_smaller_ring_has_to_do() {
        let mut space = Space::of(SLOTS);
        space.take(0, SLOTS - 512);
        assert_eq!(space.find(65_536), Some((SLOTS - 512, 512)));
        assert_eq!(space.find(512), None);
        let mut space = Space::of(SLOTS);
        space.take(0, SLOTS - 96);
        assert_eq!(space.find(512), Some((SLOTS - 64, 64)));
        assert_eq!(space.find(512), Some((SLOTS - 96, 32)));
        assert_eq!(space.find(32), None);
    }
}
