//! Pools of addresses, which Docker's engine asks for before it names a network.

use std::{collections::BTreeMap, net::Ipv4Addr};

use ipnet::Ipv4Net;

use super::labels::{NAMELESS, POOL};
use crate::{
    api::types::NetworkCreate,
    desired::{Given, Refusal, State, draft::Draft, network},
    model::{Driver, Id, Network, Subnet},
    store::{Txn, schema::Key},
};

/// What the engine asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolWish {
    /// `--subnet`.
    pub subnet: Option<Ipv4Net>,
    /// `--ip-range`.
    pub range: Option<Ipv4Net>,
    /// `--ipam-opt causeway.network=NAME`.
    pub network: Option<String>,
}

/// What it gets: a subnet of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pooled {
    /// The network.
    pub network: Id,
    /// Its subnet.
    pub subnet: Ipv4Net,
    /// The gateway, where it is settled already.
    pub gateway: Option<Ipv4Addr>,
}

/// Finds the network that is meant, by its name or by its subnet; makes one without an engine where there is none.
///
/// # Errors
/// A [`Refusal`] where the network cannot be had.
pub fn pool(
    state: &State,
    wish: &PoolWish,
    node: &Id,
    avoid: &[Ipv4Net],
    given: &mut Given<'_>,
) -> Result<(Pooled, Txn), Refusal> {
    let named = wish.network.as_ref().and_then(|name| state.network(name, node).ok());
    let there = match (named, wish.subnet) {
        (Some(network), subnet) => Some((network, subnet_of(network, subnet)?)),
        (None, Some(subnet)) if wish.network.is_none() => by_subnet(state, subnet),
        _ => None,
    };
    if let Some((network, subnet)) = there {
        check_overlay(network)?;
        return Ok((given_of(network, subnet, true), Txn::default()));
    }
    let name = wish.network.clone().unwrap_or_else(|| format!("{NAMELESS}{}", (given.fresh_id)().short()));
    let request = NetworkCreate {
        name,
        driver: Driver::Overlay,
        subnets: wish.subnet.into_iter().collect(),
        ip_ranges: wish.range.into_iter().collect(),
        gateways: Vec::new(),
        aux_addresses: BTreeMap::new(),
        internal: false,
        options: BTreeMap::new(),
        labels: [(POOL.to_owned(), node.to_string())].into(),
    };
    let (network, txn) = network::create(state, &request, node, avoid, given)?;
    let Some(subnet) = network.subnets.first() else { return Err(Refusal::OneSubnet) };
    Ok((given_of(&network, subnet, false), txn))
}

fn given_of(network: &Network, subnet: &Subnet, settled: bool) -> Pooled {
    let gateway = settled.then_some(subnet.gateway);
    Pooled { network: network.id.clone(), subnet: subnet.cidr, gateway }
}

/// The subnet of the network that is asked for; its first one where none is.
fn subnet_of(network: &Network, wanted: Option<Ipv4Net>) -> Result<&Subnet, Refusal> {
    let of_another = |given| {
        let subnets: Vec<_> = network.subnets.iter().map(|s| s.cidr.to_string()).collect();
        Refusal::PoolOfAnother { network: network.name.clone(), subnets: subnets.join(", "), given }
    };
    match wanted {
        None => network.subnets.first().ok_or(Refusal::OneSubnet),
        Some(cidr) => network.subnets.iter().find(|s| s.cidr == cidr).ok_or_else(|| of_another(cidr)),
    }
}

/// The overlay network with this subnet: subnets of the cluster do not overlap.
pub(super) fn by_subnet(state: &State, cidr: Ipv4Net) -> Option<(&Network, &Subnet)> {
    let overlays = state.networks.values().filter(|n| n.driver == Driver::Overlay);
    overlays.flat_map(|n| n.subnets.iter().map(move |s| (n, s))).find(|(_, s)| s.cidr == cidr)
}

pub(super) fn check_overlay(network: &Network) -> Result<(), Refusal> {
    match network.driver {
        Driver::Overlay => Ok(()),
        Driver::Bridge => Err(Refusal::EngineNeedsOverlay(network.name.clone())),
    }
}

/// The gateway of a pool: the one that is settled, or the one that is asked for, as long as nobody has the network.
///
/// # Errors
/// A [`Refusal`] where another is settled.
pub fn gateway(
    state: &State,
    pool: Ipv4Net,
    wanted: Option<Ipv4Addr>,
    node: &Id,
) -> Result<(Ipv4Addr, Txn), Refusal> {
    let (network, subnet) = by_subnet(state, pool).ok_or(Refusal::NoPool(pool))?;
    let Some(addr) = wanted.filter(|addr| *addr != subnet.gateway) else {
        return Ok((subnet.gateway, Txn::default()));
    };
    let ours = network.labels.get(POOL).is_some_and(|id| id == node.as_str());
    let free = state.endpoints_of_network(&network.id).next().is_none();
    if !(ours && free && crate::ipam::hosts(pool, None).contains(&u32::from(addr))) {
        let (network, gateway) = (network.name.clone(), subnet.gateway);
        return Err(Refusal::GatewayOfAnother { network, gateway, given: addr });
    }
    let mut network = network.clone();
    network.subnets.iter_mut().filter(|s| s.cidr == pool).for_each(|s| s.gateway = addr);
    Ok((addr, rewrite(state, &network).txn()))
}

/// The pools that the engine of `node` was given and has made no network of.
pub fn pools_here(state: &State, node: &Id) -> Vec<Ipv4Net> {
    let ours = |n: &&Network| n.labels.get(POOL).is_some_and(|id| id == node.as_str());
    state.networks.values().filter(ours).flat_map(|n| &n.subnets).map(|s| s.cidr).collect()
}

/// Gives a pool back whose network the engine never made.
///
/// # Errors
/// Never; its type is that of all decisions.
pub fn drop_pool(state: &State, pool: Ipv4Net, node: &Id) -> Result<((), Txn), Refusal> {
    let mut draft = Draft::default();
    let ours = |n: &&Network| n.labels.get(POOL).is_some_and(|id| id == node.as_str());
    let found = by_subnet(state, pool).map(|(network, _)| network).filter(ours);
    if let Some(network) = found.filter(|n| network::users(state, n).is_none()) {
        remove(state, network, &mut draft);
    }
    Ok(((), draft.txn()))
}

/// Removes a network, unless somebody comes into it meanwhile.
pub(super) fn remove(state: &State, network: &Network, draft: &mut Draft) {
    draft.unchanged(state, &Key::Cursor(network.id.clone()));
    draft.unchanged(state, &Key::Network(network.id.clone()));
    network::strike_out(network, draft);
}

/// Writes a network as it is now, if nobody has meanwhile.
pub(super) fn rewrite(state: &State, network: &Network) -> Draft {
    let mut draft = Draft::default();
    let key = Key::Network(network.id.clone());
    draft.unchanged(state, &key);
    draft.put(&key, network);
    draft
}
