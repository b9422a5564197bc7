//! Virtual addresses against a model that is too simple to be wrong.

use std::{
    collections::{BTreeSet, VecDeque},
    net::Ipv4Addr,
};

use ipnet::Ipv4Net;
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::ipam::{Refusal, VipPool};

/// A pool under test beside all its free addresses, in the order in which they are to come.
struct Trial {
    pool: VipPool,
    taken: BTreeSet<Ipv4Addr>,
    free: VecDeque<Ipv4Addr>,
}

impl Trial {
    fn new(cidr: Ipv4Net) -> Self {
        Self { pool: VipPool::new(cidr), taken: BTreeSet::new(), free: cidr.hosts().collect() }
    }

    /// The next free one in a circle of all addresses; false where there is none.
    fn take(&mut self) -> bool {
        let chosen = self.pool.take(&self.taken);
        let Some(expected) = self.free.pop_front() else {
            assert_eq!(chosen, Err(Refusal::VipsExhausted(self.pool.cidr)));
            return false;
        };
        assert_eq!(chosen, Ok(expected));
        assert!(self.taken.insert(expected), "{expected} was handed out twice");
        true
    }

    /// Gives one back: it comes again when the circle comes by.
    fn give_back(&mut self, rng: &mut StdRng) {
        let Some(addr) = self.taken.iter().nth(rng.random_range(0..self.taken.len().max(1))).copied() else {
            return;
        };
        self.taken.remove(&addr);
        let last = self.pool.last.unwrap();
        let distance = |addr: Ipv4Addr| u32::from(addr).wrapping_sub(u32::from(last)).wrapping_sub(1);
        let behind = self.free.iter().position(|other| distance(*other) > distance(addr));
        self.free.insert(behind.unwrap_or(self.free.len()), addr);
    }
}

#[test]
fn no_virtual_address_is_handed_out_twice_and_each_rests_as_long_as_it_can() {
    let mut exhausted = 0;
    for (seed, cidr) in (0_u64..).zip(["10.255.0.0/29", "10.255.0.0/26", "192.0.2.8/30", "10.255.0.0/22"]) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut trial = Trial::new(cidr.parse().unwrap());
        for step in 0..20_000 {
            // Fills up and empties by turns, so that both ends are met.
            let taking = if step / 2000 % 2 == 0 { 0.65 } else { 0.35 };
            if rng.random::<f64>() < taking {
                exhausted += usize::from(!trial.take());
            } else {
                trial.give_back(&mut rng);
            }
        }
    }
    assert!(exhausted > 5_000, "pools were used up only {exhausted} times");
}

#[test]
fn a_pool_says_where_it_was() {
    let mut pool = VipPool::new("10.255.0.0/16".parse().unwrap());
    assert_eq!(pool.take(&BTreeSet::new()), Ok(Ipv4Addr::new(10, 255, 0, 1)));
    let text = serde_json::to_string(&pool).unwrap();
    assert_eq!(text, r#"{"cidr":"10.255.0.0/16","last":"10.255.0.1"}"#);
    let mut again: VipPool = serde_json::from_str(&text).unwrap();
    assert_eq!(again.take(&BTreeSet::new()), Ok(Ipv4Addr::new(10, 255, 0, 2)));
    let fresh: VipPool = serde_json::from_str(r#"{"cidr":"10.255.0.0/16"}"#).unwrap();
    assert_eq!(fresh, VipPool::new("10.255.0.0/16".parse().unwrap()));
}
