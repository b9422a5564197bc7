//! Creating networks.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use crate::{
    api::types::NetworkCreate,
    desired::{Given, Refusal, State, draft::Draft},
    ipam::{self, Cursor, Options, Pool, SubnetRequest},
    model::{DEFAULT_NETWORK, Driver, Id, Network, Subnet, validate_name},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// Names with a meaning of their own after `--network`.
const RESERVED: [&str; 4] = [DEFAULT_NETWORK, "host", "none", "default"];

/// Creates a network; one that a bridge carries is on `node` (this node's id) alone. `avoid` holds
/// subnets that a chosen one should not overlap: the host's routes, its name servers, its underlay.
///
/// # Errors
/// A [`Refusal`] for a bad or taken name, driver, subnets, options.
pub fn create(
    state: &State,
    request: &NetworkCreate,
    node: &Id,
    avoid: &[Ipv4Net],
    given: &mut Given<'_>,
) -> Result<(Network, Txn), Refusal> {
    validate_name(&request.name)?;
    if RESERVED.contains(&request.name.as_str()) {
        return Err(Refusal::NameReserved(request.name.clone()));
    }
    make(state, request, node, avoid, given)
}

/// Creates the default network of `node` (this node's id), on the first of Docker's local pools that
/// nothing else uses.
///
/// # Errors
/// [`Refusal::NameTaken`] where it is there already; where no subnet is left.
pub fn create_default(
    state: &State,
    node: &Id,
    avoid: &[Ipv4Net],
    given: &mut Given<'_>,
) -> Result<(Network, Txn), Refusal> {
    let request = NetworkCreate {
        name: DEFAULT_NETWORK.to_owned(),
        driver: Driver::Bridge,
        subnets: Vec::new(),
        ip_ranges: Vec::new(),
        gateways: Vec::new(),
        aux_addresses: BTreeMap::new(),
        internal: false,
        options: BTreeMap::new(),
        labels: BTreeMap::new(),
    };
    make(state, &request, node, avoid, given)
}

fn make(
    state: &State,
    request: &NetworkCreate,
    node: &Id,
    avoid: &[Ipv4Net],
    given: &mut Given<'_>,
) -> Result<(Network, Txn), Refusal> {
    let home = match request.driver {
        Driver::Overlay => None,
        Driver::Bridge => Some(node),
    };
    if let Some(rival) = rivals(state, home).find(|n| n.name == request.name) {
        return Err(name_taken(state, rival, node));
    }
    if home.is_some() && !state.nodes.contains_key(node) {
        return Err(Refusal::NotRegistered);
    }
    let options = Options::read(request.driver, &request.options)?;
    let mut subnets = subnets(state, request, home, avoid)?;
    let mut pool = pool(state, home);
    let taken = taken_vnis(state, home);
    let vnis = ipam::assign(request.driver, &mut pool, &options.vnis, subnets.len(), &taken)?;
    subnets.iter_mut().zip(vnis).for_each(|(subnet, vni)| subnet.vni = vni);
    let network = network(request, home, subnets, given);
    let txn = draft(state, &network, pool).txn();
    Ok((network, txn))
}

/// The networks that one of `home` (none: of the cluster) must differ from in name and addresses: what
/// one node sees. A network of the cluster is seen by all of them.
fn rivals<'s>(state: &'s State, home: Option<&'s Id>) -> impl Iterator<Item = &'s Network> + Clone {
    state.networks.values().filter(move |n| home.is_none_or(|node| n.is_seen_from(node)))
}

fn name_taken(state: &State, rival: &Network, node: &Id) -> Refusal {
    let name = rival.name.clone();
    match rival.node.as_ref().filter(|home| *home != node) {
        None => Refusal::NameTaken { what: "network", name },
        Some(home) => Refusal::NameTakenElsewhere { name, node: state.node_name(home).to_owned() },
    }
}

fn subnets(
    state: &State,
    request: &NetworkCreate,
    home: Option<&Id>,
    avoid: &[Ipv4Net],
) -> Result<Vec<Subnet>, Refusal> {
    let wanted = SubnetRequest {
        driver: request.driver,
        subnets: &request.subnets,
        ip_ranges: &request.ip_ranges,
        gateways: &request.gateways,
        aux: &request.aux_addresses,
        vips: state.vip_pool.map(|pool| pool.cidr),
    };
    Ok(ipam::subnets(&wanted, rivals(state, home), avoid)?)
}

fn pool(state: &State, home: Option<&Id>) -> Pool {
    home.map_or(state.pool, |node| state.local_pools.get(node).copied().unwrap_or_default())
}

fn taken_vnis(state: &State, home: Option<&Id>) -> BTreeSet<u32> {
    let same = state.networks.values().filter(|n| n.node.as_ref() == home);
    same.flat_map(|n| &n.subnets).map(|s| s.vni).collect()
}

fn network(
    request: &NetworkCreate,
    home: Option<&Id>,
    subnets: Vec<Subnet>,
    given: &mut Given<'_>,
) -> Network {
    Network {
        id: (given.fresh_id)(),
        name: request.name.clone(),
        driver: request.driver,
        node: home.cloned(),
        created: given.now,
        subnets,
        internal: request.internal,
        options: request.options.clone(),
        labels: request.labels.clone(),
    }
}

fn draft(state: &State, network: &Network, pool: Pool) -> Draft {
    let mut draft = Draft::default();
    draft.create(&Key::Network(network.id.clone()), network);
    draft.create(&Key::Cursor(network.id.clone()), &Cursor::default());
    // Whoever creates a network at the same time chose without this one.
    draft.unchanged(state, &Key::Pool);
    match &network.node {
        None => {
            draft.create(&Claim::NetworkName(network.name.clone()).into(), &network.id);
            network.subnets.iter().for_each(|s| draft.create(&Claim::Vni(s.vni).into(), &network.id));
            draft.put(&Key::Pool, &pool);
        }
        Some(node) => {
            draft.present(&Key::Node(node.clone()));
            draft.create(&Claim::LocalName(node.clone(), network.name.clone()).into(), &network.id);
            draft.put(&Key::Pool, &state.pool);
            draft.put(&Key::LocalPool(node.clone()), &pool);
        }
    }
    draft
}
