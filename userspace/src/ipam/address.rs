//! Which address an endpoint gets.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    ops::RangeInclusive,
};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::model::{Network, Subnet};

/// How many released addresses of a network are remembered.
const RESTING: usize = 64;

/// What is remembered of a network's addresses, so that one that was released rests as long as there
/// are others: where in each subnet the last one was handed out (the search goes on behind it), and
/// which ones were released last (they are passed over).
///
/// It is a hint: of two commits that write it at once one is lost, and with it a rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    last: BTreeMap<Ipv4Net, Ipv4Addr>,
    /// Released address -> the number of its release.
    resting: BTreeMap<Ipv4Addr, u64>,
    /// How many were released.
    releases: u64,
}

impl Cursor {
    /// `addr` of the subnet was chosen.
    pub fn advance(&mut self, subnet: Ipv4Net, addr: Ipv4Addr) {
        self.last.insert(subnet, addr);
        self.wake(addr);
    }

    /// `addr` is in use: it rests no longer.
    pub fn wake(&mut self, addr: Ipv4Addr) {
        self.resting.remove(&addr);
    }

    /// `addr` was released.
    pub fn rest(&mut self, addr: Ipv4Addr) {
        if self.releases == u64::MAX {
            // Nobody counts so far, but a record of the store may say anything.
            (self.resting, self.releases) = (BTreeMap::new(), 0);
        }
        self.releases += 1;
        self.resting.insert(addr, self.releases);
        let too_many = self.resting.len() > RESTING;
        let oldest = self.rested().next().filter(|_| too_many);
        if let Some(oldest) = oldest {
            self.wake(oldest);
        }
    }

    /// The resting addresses, the one that has rested longest first.
    fn rested(&self) -> impl Iterator<Item = Ipv4Addr> {
        let after = |last: &u64| {
            let rest = self.resting.iter().filter(|(_, release)| **release > *last);
            rest.map(|(addr, release)| (*release, *addr)).min()
        };
        // Almost always the first will do, so they are not sorted.
        let first = after(&0);
        std::iter::successors(first, move |(last, _)| after(last)).map(|(_, addr)| addr)
    }

    fn last(&self, subnet: &Ipv4Net) -> Option<Ipv4Addr> {
        self.last.get(subnet).copied()
    }
}

/// The addresses of one network that endpoints have.
pub trait Taken {
    /// Those within `range`, in ascending order.
    fn within(&self, range: RangeInclusive<Ipv4Addr>) -> impl Iterator<Item = Ipv4Addr>;
}

impl Taken for BTreeSet<Ipv4Addr> {
    fn within(&self, range: RangeInclusive<Ipv4Addr>) -> impl Iterator<Item = Ipv4Addr> {
        self.range(range).copied()
    }
}

/// The addresses that `range` of `subnet` has for endpoints and gateway: all but the network's and the
/// broadcast address, which a /31 does not have (RFC 3021).
pub fn hosts(subnet: Ipv4Net, range: Option<Ipv4Net>) -> RangeInclusive<u32> {
    let range = range.unwrap_or(subnet);
    let (first, last) = (u32::from(range.network()), u32::from(range.broadcast()));
    if subnet.prefix_len() >= 31 {
        return first..=last;
    }
    let (network, broadcast) = (u32::from(subnet.network()), u32::from(subnet.broadcast()));
    first.max(network + 1)..=last.min(broadcast - 1)
}

/// Chooses an address in `network`: `wanted` if it can be had, else the next free one after the last
/// handed out, of the first subnet that has one that does not rest; if all rest, the one that has
/// rested longest.
///
/// The time taken depends on how many taken addresses stand in a row, not on the subnet's size.
///
/// # Errors
/// [`Refusal::Exhausted`]; for a `wanted` one [`Refusal::AddressOutside`],
/// [`Refusal::AddressReserved`] or [`Refusal::AddressTaken`].
pub fn choose<'n>(
    network: &'n Network,
    cursor: &Cursor,
    taken: &impl Taken,
    wanted: Option<Ipv4Addr>,
) -> Result<(&'n Subnet, Ipv4Addr), Refusal> {
    match wanted {
        Some(addr) => fixed(network, taken, addr),
        None => next(network, cursor, taken).ok_or_else(|| Refusal::Exhausted(network.name.clone())),
    }
}

fn fixed<'n>(
    network: &'n Network,
    taken: &impl Taken,
    addr: Ipv4Addr,
) -> Result<(&'n Subnet, Ipv4Addr), Refusal> {
    let name = || network.name.clone();
    let subnet = network.subnet_of(addr).ok_or_else(|| outside(network, addr))?;
    if let Some(role) = role(subnet, addr) {
        return Err(Refusal::AddressReserved { addr, network: name(), role });
    }
    if taken.within(addr..=addr).next().is_some() {
        return Err(Refusal::AddressTaken { addr, network: name() });
    }
    Ok((subnet, addr))
}

fn outside(network: &Network, addr: Ipv4Addr) -> Refusal {
    let subnets: Vec<_> = network.subnets.iter().map(|s| s.cidr.to_string()).collect();
    Refusal::AddressOutside { addr, network: network.name.clone(), subnets: subnets.join(", ") }
}

/// What an address of a subnet is, if it is not for endpoints.
fn role(subnet: &Subnet, addr: Ipv4Addr) -> Option<String> {
    if addr == subnet.gateway {
        return Some("gateway".to_owned());
    }
    if let Some((name, _)) = subnet.aux.iter().find(|(_, aux)| **aux == addr) {
        return Some(format!("auxiliary address '{name}'"));
    }
    let outside = !hosts(subnet.cidr, None).contains(&u32::from(addr));
    outside.then(|| "network or broadcast address".to_owned())
}

fn next<'n>(network: &'n Network, cursor: &Cursor, taken: &impl Taken) -> Option<(&'n Subnet, Ipv4Addr)> {
    let fresh = network.subnets.iter().find_map(|s| Some((s, next_in(s, cursor, taken)?)));
    fresh.or_else(|| {
        let mut homes = cursor.rested().filter_map(|addr| Some((network.subnet_of(addr)?, addr)));
        homes.find(|(subnet, addr)| is_free(subnet, *addr, taken))
    })
}

fn next_in(subnet: &Subnet, cursor: &Cursor, taken: &impl Taken) -> Option<Ipv4Addr> {
    let hosts = hosts(subnet.cidr, subnet.ip_range);
    let reserved: BTreeSet<u32> = reserved(subnet).map(u32::from).collect();
    let passed_over = |addr| reserved.contains(&addr) || cursor.resting.contains_key(&Ipv4Addr::from(addr));
    let search = |part: RangeInclusive<u32>| {
        let used = taken.within((*part.start()).into()..=(*part.end()).into()).map(u32::from);
        first_free(part, passed_over, used)
    };
    next_fit(hosts, cursor.last(&subnet.cidr).map(u32::from), search).map(Ipv4Addr::from)
}

/// Whether an address can be handed out, resting or not.
fn is_free(subnet: &Subnet, addr: Ipv4Addr, taken: &impl Taken) -> bool {
    hosts(subnet.cidr, subnet.ip_range).contains(&u32::from(addr))
        && !reserved(subnet).any(|other| other == addr)
        && taken.within(addr..=addr).next().is_none()
}

/// The addresses of a subnet that are never for endpoints though they could be.
fn reserved(subnet: &Subnet) -> impl Iterator<Item = Ipv4Addr> {
    subnet.aux.values().copied().chain([subnet.gateway])
}

/// Searches behind `last` to the end of `range`, then from its start up to `last`.
pub(super) fn next_fit(
    range: RangeInclusive<u32>,
    last: Option<u32>,
    search: impl Fn(RangeInclusive<u32>) -> Option<u32>,
) -> Option<u32> {
    if range.is_empty() {
        return None;
    }
    let Some(last) = last.filter(|l| range.contains(l)) else { return search(range) };
    let behind = (last < *range.end()).then(|| search(last + 1..=*range.end())).flatten();
    behind.or_else(|| search(*range.start()..=last))
}

/// The first number of `range` that is neither reserved nor in `used` (ascending, within `range`).
pub(super) fn first_free(
    range: RangeInclusive<u32>,
    reserved: impl Fn(u32) -> bool,
    used: impl Iterator<Item = u32>,
) -> Option<u32> {
    let mut used = used.peekable();
    range.into_iter().find(|candidate| used.next_if_eq(candidate).is_none() && !reserved(*candidate))
}
