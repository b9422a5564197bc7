//! Networks of Docker's engines: each is one of the cluster's, which several engines may have.

use std::{collections::BTreeMap, net::Ipv4Addr};

use ipnet::Ipv4Net;

use super::{
    labels::{self, IPAM, MANAGED, NAMELESS, POOL},
    pool::{by_subnet, check_overlay, remove, rewrite},
};
use crate::{
    api::types::NetworkCreate,
    desired::{Given, Refusal, State, draft::Draft, network},
    ipam::Options,
    model::{Driver, Id, Network, validate_name},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// What the engine says of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The engine's id of it.
    pub docker: Id,
    /// `-o causeway.network=NAME`.
    pub name: Option<String>,
    /// Its subnet.
    pub subnet: Subnet,
    /// `--internal`.
    pub internal: bool,
    /// The other options (`-o`).
    pub options: BTreeMap<String, String>,
}

/// The subnet that the engine names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// The gateway, where the engine has one.
    pub gateway: Option<Ipv4Addr>,
    /// `--aux-address`.
    pub aux: BTreeMap<String, Ipv4Addr>,
    /// The addresses come from us, and not from Docker's own IPAM.
    pub ours: bool,
}

/// Notes that the engine of `node` has a network, and makes it where it is not there.
///
/// # Errors
/// A [`Refusal`] where what the engine says does not go together with what is there.
pub fn bind(
    state: &State,
    binding: &Binding,
    node: &Id,
    avoid: &[Ipv4Net],
    given: &mut Given<'_>,
) -> Result<(Network, Txn), Refusal> {
    if let Some(known) = labels::bound(state, &binding.docker, node) {
        return Ok((known.clone(), Txn::default()));
    }
    let named = binding.name.as_ref().and_then(|name| state.network(name, node).ok());
    let pooled =
        by_subnet(state, binding.subnet.cidr).map(|(network, _)| network).filter(|_| binding.subnet.ours);
    match (named, pooled) {
        (Some(named), Some(pooled)) if named.id == pooled.id => take(state, named, binding, node),
        (Some(named), Some(_)) => Err(Refusal::IpamOptMissing(named.name.clone())),
        (Some(named), None) => Err(joins_without_ipam(state, named)),
        (None, Some(pooled)) => take(state, pooled, binding, node),
        (None, None) if binding.subnet.ours => Err(Refusal::NoPool(binding.subnet.cidr)),
        (None, None) => make(state, binding, node, avoid, given),
    }
}

/// Docker's IPAM would hand out addresses that others have.
fn joins_without_ipam(state: &State, network: &Network) -> Refusal {
    let name = network.name.clone();
    match network.labels.get(IPAM).and_then(|id| Id::parse(id)) {
        Some(node) => Refusal::IpamOfAnEngine { network: name, node: state.node_name(&node).to_owned() },
        None => Refusal::NeedsIpam(name),
    }
}

/// A network that is there: made a moment ago for this engine, or another's.
fn take(state: &State, network: &Network, binding: &Binding, node: &Id) -> Result<(Network, Txn), Refusal> {
    check_overlay(network)?;
    if let Some(home) = network.labels.get(IPAM).and_then(|id| Id::parse(id)) {
        let node = state.node_name(&home).to_owned();
        return Err(Refusal::IpamOfAnEngine { network: network.name.clone(), node });
    }
    if let Some(docker) = network.labels.get(&labels::engine(node)) {
        let docker = docker.get(..12).unwrap_or(docker).to_owned();
        return Err(Refusal::JoinedTwice { network: network.name.clone(), docker });
    }
    let mut taken = network.clone();
    if taken.labels.remove(POOL).is_some() {
        if !Options::read(Driver::Overlay, &binding.options)?.vnis.is_empty() {
            return Err(Refusal::VniIsChosen);
        }
        taken.labels.insert(MANAGED.to_owned(), String::new());
        taken.internal = binding.internal;
        taken.options.clone_from(&binding.options);
    } else if binding.internal && !network.internal {
        return Err(Refusal::NotInternal(network.name.clone()));
    }
    let subnets = taken.subnets.iter_mut().filter(|s| s.cidr == binding.subnet.cidr);
    subnets.for_each(|s| s.aux.extend(binding.subnet.aux.clone()));
    mark(&mut taken, binding, node);
    let wanted = binding.name.as_ref().filter(|name| **name != taken.name);
    let mut draft = match wanted {
        Some(name) => renamed(state, &mut taken, name)?,
        None => rewrite(state, &taken),
    };
    draft.present(&Key::Node(node.clone()));
    Ok((taken, draft.txn()))
}

/// Writes down by which id the engine knows the network.
fn mark(network: &mut Network, binding: &Binding, node: &Id) {
    network.labels.insert(labels::engine(node), binding.docker.to_string());
    if binding.name.is_none() {
        network.labels.insert(labels::unnamed(node), String::new());
    }
}

/// A network whose addresses the engine hands out by itself: another engine may have the same ones, so it is this
/// node's alone.
fn make(
    state: &State,
    binding: &Binding,
    node: &Id,
    avoid: &[Ipv4Net],
    given: &mut Given<'_>,
) -> Result<(Network, Txn), Refusal> {
    let nameless = || format!("{NAMELESS}{}", binding.docker.short());
    let mut labels: BTreeMap<_, _> = [(MANAGED, String::new()), (IPAM, node.to_string())]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
    labels.insert(labels::engine(node), binding.docker.to_string());
    if binding.name.is_none() {
        labels.insert(labels::unnamed(node), String::new());
    }
    let request = NetworkCreate {
        name: binding.name.clone().unwrap_or_else(nameless),
        driver: Driver::Bridge,
        subnets: vec![binding.subnet.cidr],
        ip_ranges: Vec::new(),
        gateways: binding.subnet.gateway.into_iter().collect(),
        aux_addresses: binding.subnet.aux.clone(),
        internal: binding.internal,
        options: binding.options.clone(),
        labels,
    };
    network::create(state, &request, node, avoid, given)
}

/// Takes note of what the engine of `node` calls a network: one that was made for it is called so from now on.
///
/// # Errors
/// A [`Refusal`] where the name or the subnet is another network's; the network is used by nobody then.
pub fn named(state: &State, docker: &Id, name: &str, node: &Id) -> Result<(Network, Txn), Refusal> {
    let network = labels::bound(state, docker, node);
    let network = network.ok_or_else(|| Refusal::EngineNetworkUnknown(docker.short().to_owned()))?;
    let unnamed = labels::unnamed(node);
    if !network.labels.contains_key(&unnamed) {
        return Ok((network.clone(), Txn::default()));
    }
    let mut known = network.clone();
    known.labels.remove(&unnamed);
    if known.name == name {
        let draft = rewrite(state, &known);
        return Ok((known, draft.txn()));
    }
    let subnet = network.subnets.first().map(|s| s.cidr.to_string()).unwrap_or_default();
    if !labels::is_nameless(network) {
        let (network, name) = (network.name.clone(), name.to_owned());
        return Err(Refusal::SubnetOfAnother { subnet, network, name });
    }
    // What cannot be a name of ours is reached under the one that it has.
    let draft = match validate_name(name) {
        Ok(()) => renamed(state, &mut known, name)?,
        Err(_) => rewrite(state, &known),
    };
    Ok((known, draft.txn()))
}

fn renamed(state: &State, network: &mut Network, name: &str) -> Result<Draft, Refusal> {
    validate_name(name)?;
    let rivals =
        state.networks.values().filter(|n| network.node.as_ref().is_none_or(|home| n.is_seen_from(home)));
    if let Some(other) = rivals.filter(|n| n.id != network.id).find(|n| n.name == name) {
        let subnet = other.subnets.first().map(|s| s.cidr.to_string()).unwrap_or_default();
        return Err(Refusal::NameOfAnother { name: name.to_owned(), subnet });
    }
    let old = std::mem::replace(&mut network.name, name.to_owned());
    let mut draft = rewrite(state, network);
    let claim = |name: String| match &network.node {
        None => Claim::NetworkName(name),
        Some(home) => Claim::LocalName(home.clone(), name),
    };
    draft.delete(&claim(old).into());
    draft.create(&claim(name.to_owned()).into(), &network.id);
    // Whoever creates a network at the same time chose its name without this one.
    draft.unchanged(state, &Key::Pool);
    draft.put(&Key::Pool, &state.pool);
    Ok(draft)
}

/// The engine of `node` has the network no more; one that was made for Docker goes with the last engine, unless
/// somebody else is in it. One that is not known is no error.
///
/// # Errors
/// Never; its type is that of all decisions.
pub fn unbind(state: &State, docker: &Id, node: &Id) -> Result<(Option<Network>, Txn), Refusal> {
    let Some(network) = labels::bound(state, docker, node) else { return Ok((None, Txn::default())) };
    let mut left = network.clone();
    left.labels.remove(&labels::engine(node));
    left.labels.remove(&labels::unnamed(node));
    let last = labels::engines(state, &left).is_none();
    let managed = left.labels.contains_key(MANAGED);
    let mut draft = Draft::default();
    if last && managed && network::users(state, network).is_none() {
        remove(state, network, &mut draft);
    } else {
        draft = rewrite(state, &left);
    }
    Ok((Some(network.clone()), draft.txn()))
}
