//! Which VNI a subnet gets.

use std::collections::BTreeSet;

use causeway_common::vni::{FIRST_VNI, LAST_VNI};
use serde::{Deserialize, Serialize};

use super::{Refusal, address};

/// Where the last VNI was chosen; the search goes on behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// The last VNI chosen, if any was.
    pub last_vni: Option<u32>,
}

/// One VNI for each of `count` subnets: those in `pinned` for the first ones, then the next free
/// ones after the last chosen. `pool` moves with every chosen one.
///
/// # Errors
/// A [`Refusal`] where a pinned one cannot be had, or no VNI is left.
pub fn assign(
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
    let mut vnis = pinned.to_vec();
    while vnis.len() < count {
        let vni = next(*pool, taken, &own).ok_or(Refusal::VnisExhausted)?;
        own.insert(vni);
        vnis.push(vni);
        pool.last_vni = Some(vni);
    }
    Ok(vnis)
}

fn pin(vni: u32, taken: &BTreeSet<u32>, own: &mut BTreeSet<u32>) -> Result<(), Refusal> {
    if !(FIRST_VNI..=LAST_VNI).contains(&vni) {
        return Err(Refusal::VniOutOfRange(vni));
    }
    if taken.contains(&vni) {
        return Err(Refusal::VniTaken(vni));
    }
    if own.insert(vni) { Ok(()) } else { Err(Refusal::VniTwice(vni)) }
}

fn next(pool: Pool, taken: &BTreeSet<u32>, own: &BTreeSet<u32>) -> Option<u32> {
    address::next_fit(FIRST_VNI..=LAST_VNI, pool.last_vni, |part| {
        let used = taken.range(part.clone()).copied();
        address::first_free(part, |vni| own.contains(&vni), used)
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn vnis_follow_the_last_one() {
        let mut pool = Pool::default();
        assert_eq!(assign(&mut pool, &[], 2, &BTreeSet::new()), Ok(vec![4097, 4098]));
        assert_eq!(assign(&mut pool, &[], 1, &BTreeSet::new()), Ok(vec![4099]), "freed ones rest");
        assert_eq!(assign(&mut pool, &[], 2, &[4100].into()), Ok(vec![4101, 4102]));
    }

    #[test]
    fn behind_the_last_vni_comes_the_first() {
        let mut pool = Pool { last_vni: Some(LAST_VNI - 1) };
        assert_eq!(assign(&mut pool, &[], 3, &[4097].into()), Ok(vec![LAST_VNI, 4098, 4099]));
    }

    #[test]
    fn pinned_vnis_come_first_and_are_checked() {
        let mut pool = Pool::default();
        assert_eq!(assign(&mut pool, &[4097, 9000], 3, &BTreeSet::new()).unwrap(), [4097, 9000, 4098]);
        let mut refused =
            |pinned: &[u32], count| assign(&mut pool, pinned, count, &[5000].into()).unwrap_err();
        assert_eq!(refused(&[5000], 1), Refusal::VniTaken(5000));
        assert_eq!(refused(&[4096], 1), Refusal::VniOutOfRange(4096));
        assert_eq!(refused(&[1 << 24], 1), Refusal::VniOutOfRange(1 << 24));
        assert_eq!(refused(&[6000, 6000], 2), Refusal::VniTwice(6000));
        assert_eq!(refused(&[6000, 6001], 1), Refusal::TooManyVnis { vnis: 2, subnets: 1 });
    }
}
