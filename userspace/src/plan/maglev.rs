//! Rings: which backend a conversation gets, by its hash (Eisenbud et al., "Maglev: A Fast and Reliable
//! Software Network Load Balancer", NSDI 2016, §3.4).
//!
//! Every backend has an order of its own in which it would like all slots. The backends take turns, each
//! time the next free slot of their order, until all are given away. So all have equal shares; and when one
//! goes, the others keep nearly all of theirs. The paper's order is an arithmetic progression over a prime
//! number of slots. Here it is a power of two, since a hash is cut to it by a mask; over that, progressions
//! run alike in their low bits, get into each other's way, and up to a quarter of a small ring moves when a
//! backend goes. So the order is another one ([`Order`]): with it, a twenty-fifth at most was seen to move.
//!
//! It comes from the container's id, and turns are taken in the order of ids: all nodes make the same ring.

use causeway_common::limits::{MAX_RING, MIN_RING, RING_STEP, SLOTS_PER_BACKEND};

use crate::model::Id;

/// A live backend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Contender {
    /// Its container.
    pub(super) id: Id,
    /// Its share relative to the others'; not 0.
    pub(super) weight: u16,
    /// What stands in its slots.
    pub(super) index: u16,
}

/// How many slots the ring of these backends has: a hundred for each share of the lightest, rounded up to
/// one of few sizes, since a ring of another size is another ring, in which most slots lead to another
/// backend.
pub(super) fn size(contenders: &[Contender]) -> u32 {
    let weights = || contenders.iter().map(|c| u64::from(c.weight.max(1)));
    let Some(lightest) = weights().min() else { return 0 };
    let wanted = weights().sum::<u64>() * u64::from(SLOTS_PER_BACKEND) / lightest;
    let sizes = std::iter::successors(Some(MIN_RING), |size| Some((size * RING_STEP).min(MAX_RING)));
    let enough = |size: &u32| u64::from(*size) >= wanted || *size == MAX_RING;
    sizes.into_iter().find(enough).unwrap_or(MAX_RING)
}

/// The ring of these backends, which are at least one and in the order of their ids; `slots` is a power of
/// two.
pub(super) fn ring(contenders: &[Contender], slots: u32) -> Vec<u16> {
    let mut ring = vec![None; slots as usize];
    let mut left = ring.len();
    let mut turns: Vec<_> = contenders.iter().map(|c| Turns::new(c, slots)).collect();
    let heaviest = contenders.iter().map(|c| u32::from(c.weight)).max().unwrap_or(1).max(1);
    while left > 0 && !turns.is_empty() {
        for turn in &mut turns {
            if left > 0 && turn.comes(heaviest) {
                turn.take(&mut ring);
                left -= 1;
            }
        }
    }
    ring.into_iter().flatten().collect()
}

/// A backend while slots are given away.
struct Turns {
    index: u16,
    order: Order,
    weight: u32,
    /// Grows by the weight with every round; whenever the heaviest one's weight is reached, it has a turn.
    credit: u32,
}

impl Turns {
    fn new(contender: &Contender, slots: u32) -> Self {
        let order = Order::of(&contender.id, slots);
        Self { index: contender.index, order, weight: u32::from(contender.weight.max(1)), credit: 0 }
    }

    /// Whether it has a turn in this round.
    fn comes(&mut self, heaviest: u32) -> bool {
        self.credit += self.weight;
        let comes = self.credit >= heaviest;
        if comes {
            self.credit -= heaviest;
        }
        comes
    }

    /// Takes the next free slot of its order; there is one.
    fn take(&mut self, ring: &mut [Option<u16>]) {
        let is_free = |slot: &usize| ring.get(*slot) == Some(&None);
        let free = self.order.find(is_free);
        if let Some(owner) = free.and_then(|slot| ring.get_mut(slot)) {
            *owner = Some(self.index);
        }
    }
}

/// All slots, each once, in an order that depends on a container's id.
pub(super) struct Order {
    /// Counts up from a number of the id's own.
    count: usize,
    mask: usize,
    half: u32,
    factors: [usize; 2],
}

impl Order {
    pub(super) fn of(id: &Id, slots: u32) -> Self {
        let [count, first, second] = numbers(id);
        // Odd numbers have an inverse modulo a power of two: multiplication is a permutation.
        Self {
            count,
            mask: slots as usize - 1,
            half: slots.trailing_zeros().div_ceil(2),
            factors: [first | 1, second | 1],
        }
    }
}

impl Iterator for Order {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let mut slot = self.count & self.mask;
        self.count = self.count.wrapping_add(1);
        for factor in self.factors {
            slot = slot.wrapping_mul(factor) & self.mask;
            // The upper half of the bits changes the lower one, and stays as it is: again a permutation.
            slot ^= slot >> self.half;
        }
        Some(slot)
    }
}

/// Three numbers of an id: FNV-1a, stirred as in `SplitMix64`.
fn numbers(id: &Id) -> [usize; 3] {
    let bytes = id.as_str().bytes();
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    [1, 2, 3].map(|n| stir(hash.wrapping_add(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(n))))
}

/// A number of 31 bits that depends on every bit.
fn stir(hash: u64) -> usize {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((hash ^ (hash >> 31)) & 0x7fff_ffff) as usize
}
