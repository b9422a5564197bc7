//! Numbers that things keep as long as they are there.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// A number of `range` for each of `wanted`, as far as they suffice. One that has a number in `held` keeps
/// it, if no other has the same. The rest get the lowest ones that are free and not `resting`: a number that
/// is only now given up rests for one round, since entries may still name it.
pub(super) fn numbers<K: Ord + Copy>(
    wanted: impl Iterator<Item = K>,
    held: &BTreeMap<K, u32>,
    resting: impl Fn(u32) -> bool,
    range: Range<u32>,
) -> BTreeMap<K, u32> {
    let (mut numbers, mut fresh) = (BTreeMap::new(), Vec::new());
    let mut kept: BTreeSet<u32> = BTreeSet::new();
    for thing in wanted {
        match held.get(&thing) {
            Some(number) if range.contains(number) && kept.insert(*number) => {
                numbers.insert(thing, *number);
            }
            _ => fresh.push(thing),
        }
    }
    let free = range.filter(|number| !kept.contains(number) && !resting(*number));
    numbers.extend(fresh.into_iter().zip(free));
    numbers
}
