//! Which VNI a subnet gets.

use std::{collections::BTreeSet, ops::RangeInclusive};

use causeway_common::vni::{FIRST_VNI, LAST_VNI, LOCAL_VNI_FIRST};
use serde::{Deserialize, Serialize};

use super::{Refusal, address};
use crate::model::Driver;

/// The VNIs of overlay networks.
pub const OVERLAY_VNIS: RangeInclusive<u32> = FIRST_VNI..=LOCAL_VNI_FIRST - 1;
/// The VNIs of bridge networks: they never go on a wire, and every node has all of them.
pub const LOCAL_VNIS: RangeInclusive<u32> = LOCAL_VNI_FIRST..=LAST_VNI;

/// Where the last VNI was chosen; the search goes on behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// The last VNI chosen, if any was.
    pub last_vni: Option<u32>,
}

/// One VNI for each of `count` subnets of a network that `driver` carries: those in `pinned` for the first ones, then the next free
/// ones after the last chosen. `pool` moves with every chosen one.
///
/// # Errors
/// A [`Refusal`] where a pinned one cannot be had, or no VNI is left.
pub fn assign(
    driver: Driver,
    pool: &mut Pool,
    pinned: &[u32],
    count: usize,
    taken: &BTreeSet<u32>,
) -> Result<Vec<u32>, Refusal> {
    if pinned.len() > count {
        return Err(Refusal::TooManyVnis { vnis: pinned.len(), subnets: count });
    }
    let mut own = BTreeSet::new();
    for vni in pinned {
        pin(*vni, taken, &mut own)?;
    }
    let range = match driver {
        Driver::Overlay => OVERLAY_VNIS,
        Driver::Bridge => LOCAL_VNIS,
    };
    let mut vnis = pinned.to_vec();
    while vnis.len() < count {
        let vni = next(&range, *pool, taken, &own).ok_or(Refusal::VnisExhausted(driver))?;
        own.insert(vni);
        vnis.push(vni);
        pool.last_vni = Some(vni);
    }
    Ok(vnis)
}

fn pin(vni: u32, taken: &BTreeSet<u32>, own: &mut BTreeSet<u32>) -> Result<(), Refusal> {
    if !OVERLAY_VNIS.contains(&vni) {
        return Err(Refusal::VniOutOfRange(vni));
    }
    if taken.contains(&vni) {
        return Err(Refusal::VniTaken(vni));
    }
    if own.insert(vni) { Ok(()) } else { Err(Refusal::VniTwice(vni)) }
}

fn next(range: &RangeInclusive<u32>, pool: Pool, taken: &BTreeSet<u32>, own: &BTreeSet<u32>) -> Option<u32> {
    address::next_fit(range.clone(), pool.last_vni, |part| {
        let used = taken.range(part.clone()).copied();
        address::first_free(part, |vni| own.contains(&vni), used)
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn overlay(pool: &mut Pool, pinned: &[u32], count: usize, taken: &[u32]) -> Result<Vec<u32>, Refusal> {
        assign(Driver::Overlay, pool, pinned, count, &taken.iter().copied().collect())
    }

    #[test]
    fn vnis_follow_the_last_one() {
        let mut pool = Pool::default();
        assert_eq!(overlay(&mut pool, &[], 2, &[]), Ok(vec![4097, 4098]));
        assert_eq!(overlay(&mut pool, &[], 1, &[]), Ok(vec![4099]), "freed ones rest");
        assert_eq!(overlay(&mut pool, &[], 2, &[4100]), Ok(vec![4101, 4102]));
    }

    #[test]
    fn behind_the_last_vni_comes_the_first() {
        let last = LOCAL_VNI_FIRST - 1;
        let mut pool = Pool { last_vni: Some(last - 1) };
        assert_eq!(overlay(&mut pool, &[], 3, &[4097]), Ok(vec![last, 4098, 4099]));
    }

    #[test]
    fn pinned_vnis_come_first_and_are_checked() {
        let mut pool = Pool::default();
        assert_eq!(overlay(&mut pool, &[4097, 9000], 3, &[]).unwrap(), [4097, 9000, 4098]);
        let mut refused = |pinned: &[u32], count| overlay(&mut pool, pinned, count, &[5000]).unwrap_err();
        assert_eq!(refused(&[5000], 1), Refusal::VniTaken(5000));
        assert_eq!(refused(&[4096], 1), Refusal::VniOutOfRange(4096));
        assert_eq!(refused(&[LOCAL_VNI_FIRST], 1), Refusal::VniOutOfRange(LOCAL_VNI_FIRST));
        assert_eq!(refused(&[6000, 6000], 2), Refusal::VniTwice(6000));
        assert_eq!(refused(&[6000, 6001], 1), Refusal::TooManyVnis { vnis: 2, subnets: 1 });
    }

    #[test]
    fn local_vnis_are_the_last_65536_and_go_round() {
        let mut pool = Pool::default();
        let local =
            |pool: &mut Pool, count, taken: &BTreeSet<u32>| assign(Driver::Bridge, pool, &[], count, taken);
        assert_eq!(local(&mut pool, 2, &BTreeSet::new()), Ok(vec![0x00ff_0000, 0x00ff_0001]));
        pool.last_vni = Some(LAST_VNI - 1);
        assert_eq!(local(&mut pool, 2, &[0x00ff_0000].into()), Ok(vec![0x00ff_ffff, 0x00ff_0001]));
        let all: BTreeSet<_> = LOCAL_VNIS.collect();
        assert_eq!(
            (all.len(), local(&mut pool, 1, &all).unwrap_err()),
            (65_536, Refusal::VnisExhausted(Driver::Bridge))
        );
    }
}
