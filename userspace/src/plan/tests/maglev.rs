//! Rings against the definition, and what a change of backends does to them.

use std::collections::{BTreeMap, BTreeSet};

use causeway_common::limits::{MAX_RING, MIN_RING, SLOTS_PER_BACKEND};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::{
    model::Id,
    plan::maglev::{Contender, Order, ring, size},
};

fn contenders(seed: u64, weights: &[u16]) -> Vec<Contender> {
    let id = |n: u64| Id::parse(&format!("{seed:016x}{n:048x}")).unwrap();
    let with = |(index, weight): (u16, &u16)| Contender { id: id(index.into()), weight: *weight, index };
    (1..).zip(weights).map(with).collect()
}

fn shares(ring: &[u16]) -> BTreeMap<u16, usize> {
    let mut shares = BTreeMap::new();
    ring.iter().for_each(|index| *shares.entry(*index).or_default() += 1);
    shares
}

/// The paper's pseudocode, for equal weights: whole orders are written down, then slots given away.
fn by_the_paper(contenders: &[Contender], slots: u32) -> Vec<u16> {
    let orders: Vec<Vec<usize>> =
        contenders.iter().map(|c| Order::of(&c.id, slots).take(slots as usize).collect()).collect();
    let (mut entry, mut next) = (vec![0; slots as usize], vec![0; contenders.len()]);
    for filled in 0..slots as usize {
        let i = filled % contenders.len();
        while entry[orders[i][next[i]]] != 0 {
            next[i] += 1;
        }
        entry[orders[i][next[i]]] = contenders[i].index;
    }
    entry
}

#[test]
fn every_order_comes_by_every_slot() {
    for slots in (5..=16).map(|bits| 1 << bits) {
        for contender in contenders(u64::from(slots), &[1; 5]) {
            let all: BTreeSet<usize> = Order::of(&contender.id, slots).take(slots as usize).collect();
            assert_eq!((all.len(), all.last()), (slots as usize, Some(&(slots as usize - 1))));
        }
    }
}

#[test]
fn sizes_leave_the_lightest_a_hundred_slots() {
    let of = |weights: &[u16]| size(&contenders(0, weights));
    assert_eq!((of(&[]), of(&[1]), of(&[1; 5])), (0, MIN_RING, MIN_RING));
    assert_eq!((of(&[1; 6]), of(&[1; 81]), of(&[7; 5])), (8192, 8192, MIN_RING));
    assert_eq!((of(&[1; 82]), of(&[1; 6000])), (MAX_RING, MAX_RING));
    assert_eq!((of(&[1, 4]), of(&[1, 5]), of(&[1, 1000])), (MIN_RING, 8192, MAX_RING));
    assert!(of(&[1; 5]) >= 5 * SLOTS_PER_BACKEND && of(&[1; 81]) >= 81 * SLOTS_PER_BACKEND);
}

#[test]
fn more_backends_than_slots_are_not_all_heard() {
    let shares = shares(&ring(&contenders(3, &[1; 40]), 32));
    assert!(shares.len() == 32 && shares.values().all(|share| *share == 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rings_are_those_of_the_paper(seed in any::<u64>(), count in 1..70_usize) {
        let all = contenders(seed, &vec![1; count]);
        prop_assert_eq!(ring(&all, size(&all)), by_the_paper(&all, size(&all)));
    }

    /// Every slot leads to a backend, and each has its share to within two slots; and turns are whole, so what all
    /// lack to their next ones, less than a slot each, is shared out as well.
    #[test]
    fn shares_are_as_the_weights(seed in any::<u64>(), weights in vec(1..20_u16, 1..40)) {
        let all = contenders(seed, &weights);
        let ring = ring(&all, size(&all));
        prop_assert_eq!(ring.len(), size(&all) as usize);
        let (shares, sum) = (shares(&ring), weights.iter().map(|w| usize::from(*w)).sum::<usize>());
        for contender in &all {
            let share = shares.get(&contender.index).copied().unwrap_or(0);
            let of = |slots: usize| slots * usize::from(contender.weight) / sum;
            let (exact, lacking) = (of(ring.len()), of(all.len()) + 1);
            prop_assert!(share + 2 >= exact && share <= exact + lacking + 2, "{share} of {exact}");
        }
    }

    /// When a backend goes, its slots are shared out, and of the others' at most one in twenty moves; with
    /// more than five backends one in forty. The same the other way round, when one comes.
    #[test]
    fn who_stays_keeps_its_slots(seed in any::<u64>(), count in 2..100_usize, gone in any::<Index>()) {
        let before = contenders(seed, &vec![1; count]);
        let mut after = before.clone();
        let gone = after.remove(gone.index(count)).index;
        let slots = size(&before);
        let (before, after) = (ring(&before, slots), ring(&after, slots));
        let moved = before.iter().zip(&after).filter(|(was, is)| was != is && **was != gone).count();
        let most = slots as usize / if count > 5 { 40 } else { 20 };
        prop_assert!(moved <= most, "{moved} of {slots}");
    }

    /// A ring is made of identities; indices are only written into it, so all nodes agree.
    #[test]
    fn indices_change_nothing(seed in any::<u64>(), count in 1..30_u16) {
        let all = contenders(seed, &vec![1; count.into()]);
        let renamed = all.iter().map(|c| Contender { index: 1000 - c.index, ..c.clone() }).collect::<Vec<_>>();
        let again: Vec<u16> = ring(&renamed, MIN_RING).into_iter().map(|index| 1000 - index).collect();
        prop_assert_eq!(ring(&all, MIN_RING), again);
    }
}
