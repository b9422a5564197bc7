//! A million random operations against a model that is too simple to be wrong.

use std::{
    collections::{BTreeSet, VecDeque},
    net::Ipv4Addr,
    ops::Bound::{Excluded, Unbounded},
};

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{Refusal, network};
use crate::{
    ipam::{Cursor, choose},
    model::{Network, Subnet},
};

const OPERATIONS: usize = 1_000_000;

/// Networks of every kind: tiny, with ranges and auxiliaries, of several subnets, large.
const SHAPES: &[&[&str]] = &[
    &["--subnet", "10.5.0.0/31"],
    &["--subnet", "10.5.0.0/29"],
    &["--subnet", "10.5.0.0/26", "--ip-range", "10.5.0.32/27", "--aux-address", "r=10.5.0.40"],
    &["--subnet", "10.5.0.0/30", "--subnet", "10.6.0.0/29", "--subnet", "10.7.0.0/31"],
    &["--subnet", "10.5.0.0/25", "--gateway", "10.5.0.126", "--aux-address", "r=10.5.0.1"],
    &["--subnet", "10.5.0.0/24"],
    &["--subnet", "10.5.0.0/16", "--ip-range", "10.5.255.0/24"],
    &["--subnet", "11.0.0.0/8", "--ip-range", "11.255.255.224/27", "--aux-address", "r=11.255.255.254"],
];

/// One subnet of the model: every address that may be handed out and is not.
struct Free {
    addresses: BTreeSet<Ipv4Addr>,
    last: Option<Ipv4Addr>,
}

impl Free {
    /// Writes every address down and strikes out what is not for endpoints.
    fn of(subnet: &Subnet) -> Self {
        let range = subnet.ip_range.unwrap_or(subnet.cidr);
        let all = u32::from(range.network())..=u32::from(range.broadcast());
        let mut addresses: BTreeSet<_> = all.map(Ipv4Addr::from).collect();
        let reserved = if subnet.cidr.prefix_len() == 31 {
            vec![subnet.gateway]
        } else {
            vec![subnet.gateway, subnet.cidr.network(), subnet.cidr.broadcast()]
        };
        addresses.retain(|a| !reserved.contains(a) && !subnet.aux.values().any(|aux| aux == a));
        Self { addresses, last: None }
    }

    /// The next address that does not rest.
    fn next(&self, resting: &Resting) -> Option<Ipv4Addr> {
        let awake = |addr: &&Ipv4Addr| !resting.set.contains(addr);
        let behind = self.last.and_then(|last| self.addresses.range((Excluded(last), Unbounded)).find(awake));
        behind.or_else(|| self.addresses.iter().find(awake)).copied()
    }
}

/// The last 64 released addresses.
#[derive(Default)]
struct Resting {
    order: VecDeque<Ipv4Addr>,
    /// The same ones.
    set: BTreeSet<Ipv4Addr>,
}

impl Resting {
    fn wake(&mut self, addr: Ipv4Addr) {
        if self.set.remove(&addr) {
            self.order.retain(|other| *other != addr);
        }
    }

    fn rest(&mut self, addr: Ipv4Addr) {
        self.wake(addr);
        self.set.insert(addr);
        self.order.push_back(addr);
        if self.order.len() > 64 {
            let oldest = self.order.pop_front();
            oldest.map(|oldest| self.set.remove(&oldest));
        }
    }
}

/// The network under test beside its model.
struct Trial {
    network: Network,
    cursor: Cursor,
    taken: BTreeSet<Ipv4Addr>,
    /// The same addresses, for choosing one at random.
    list: Vec<Ipv4Addr>,
    model: Vec<Free>,
    resting: Resting,
    /// How often nothing was free but what rested.
    rested: usize,
}

impl Trial {
    fn new(flags: &[&str]) -> Self {
        let network = network("web", flags);
        let model = network.subnets.iter().map(Free::of).collect();
        Self {
            network,
            cursor: Cursor::default(),
            taken: BTreeSet::new(),
            list: Vec::new(),
            model,
            resting: Resting::default(),
            rested: 0,
        }
    }

    fn take(&mut self) {
        let chosen = choose(&self.network, &self.cursor, &self.taken, None);
        let Some((index, expected)) = self.expected() else {
            return assert_eq!(chosen, Err(Refusal::Exhausted("web".to_owned())));
        };
        let (subnet, addr) = chosen.unwrap();
        assert_eq!(addr, expected);
        self.rested += usize::from(self.resting.set.contains(&addr));
        self.model[index].last = Some(addr);
        self.model[index].addresses.remove(&addr);
        self.cursor.advance(subnet.cidr, addr);
        self.enter(addr);
    }

    /// The subnet's number and the address: one that does not rest, else the one that has rested longest.
    fn expected(&self) -> Option<(usize, Ipv4Addr)> {
        let models = || self.model.iter().enumerate();
        let awake = models().find_map(|(index, free)| Some((index, free.next(&self.resting)?)));
        let home = |addr: &Ipv4Addr| {
            models().find(|(_, free)| free.addresses.contains(addr)).map(|(i, _)| (i, *addr))
        };
        awake.or_else(|| self.resting.order.iter().find_map(home))
    }

    /// Asks for a random address of a random subnet by name.
    fn take_fixed(&mut self, rng: &mut StdRng) {
        let index = rng.random_range(0..self.network.subnets.len());
        let range = self.network.subnets[index].ip_range.unwrap_or(self.network.subnets[index].cidr);
        let wanted =
            Ipv4Addr::from(rng.random_range(u32::from(range.network())..=u32::from(range.broadcast())));
        let expected = self.model[index].addresses.remove(&wanted);
        let chosen = choose(&self.network, &self.cursor, &self.taken, Some(wanted));
        assert_eq!(chosen.is_ok(), expected, "{wanted}: {chosen:?}");
        if expected {
            self.cursor.wake(wanted);
            self.enter(wanted);
        }
    }

    fn enter(&mut self, addr: Ipv4Addr) {
        assert!(self.taken.insert(addr), "{addr} was handed out twice");
        self.resting.wake(addr);
        self.list.push(addr);
    }

    fn free(&mut self, rng: &mut StdRng) {
        if self.list.is_empty() {
            return;
        }
        let addr = self.list.swap_remove(rng.random_range(0..self.list.len()));
        self.taken.remove(&addr);
        self.cursor.rest(addr);
        self.resting.rest(addr);
        let index = self.network.subnets.iter().position(|s| s.cidr.contains(&addr)).unwrap();
        self.model[index].addresses.insert(addr);
    }
}

#[test]
fn a_million_operations_hand_out_no_address_twice() {
    let (mut exhausted, mut rested) = (0, 0);
    for (seed, shape) in (0_u64..).zip(SHAPES) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut trial = Trial::new(shape);
        for step in 0..OPERATIONS / SHAPES.len() {
            // Fills up and empties by turns, so that both ends are met.
            let taking = if step / 2000 % 2 == 0 { 0.65 } else { 0.35 };
            match rng.random::<f64>() {
                x if x < 0.05 => trial.take_fixed(&mut rng),
                x if x < taking => trial.take(),
                _ => trial.free(&mut rng),
            }
            exhausted += usize::from(trial.model.iter().all(|m| m.addresses.is_empty()));
        }
        rested += trial.rested;
    }
    assert!(exhausted > 10_000, "pools were full only {exhausted} times");
    assert!(rested > 10_000, "resting addresses were needed only {rested} times");
}
