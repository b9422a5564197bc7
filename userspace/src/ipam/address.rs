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

/// Where in each subnet the last address was handed out; the search goes on behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(BTreeMap<Ipv4Net, Ipv4Addr>);

impl Cursor {
    /// Moves the subnet's cursor to `addr`.
    pub fn advance(&mut self, subnet: Ipv4Net, addr: Ipv4Addr) {
        self.0.insert(subnet, addr);
    }

    fn last(&self, subnet: &Ipv4Net) -> Option<Ipv4Addr> {
        self.0.get(subnet).copied()
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
/// handed out, of the first subnet that has one.
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
    network.subnets.iter().find_map(|s| Some((s, next_in(s, cursor.last(&s.cidr), taken)?)))
}

fn next_in(subnet: &Subnet, last: Option<Ipv4Addr>, taken: &impl Taken) -> Option<Ipv4Addr> {
    let hosts = hosts(subnet.cidr, subnet.ip_range);
    let reserved: BTreeSet<u32> =
        subnet.aux.values().copied().chain([subnet.gateway]).map(u32::from).collect();
    let search = |part: RangeInclusive<u32>| {
        let used = taken.within((*part.start()).into()..=(*part.end()).into()).map(u32::from);
        first_free(part, |addr| reserved.contains(&addr), used)
    };
    next_fit(hosts, last.map(u32::from), search).map(Ipv4Addr::from)
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
