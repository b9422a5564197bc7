//! Creating and removing networks.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;

use super::{Given, Refusal, State, draft::Draft};
use crate::{
    api::types::NetworkCreate,
    ipam::{self, Cursor, Options, SubnetRequest},
    model::{Driver, Id, Network, Subnet, validate_name},
    store::{Txn, schema::Key},
};

/// Creates a network. `avoid` holds subnets that a chosen one should not overlap: the host's routes,
/// its name servers, its underlay.
///
/// # Errors
/// A [`Refusal`] for a bad or taken name, driver, subnets, options.
pub fn create(
    state: &State,
    request: &NetworkCreate,
    avoid: &[Ipv4Net],
    given: &mut Given<'_>,
) -> Result<(Network, Txn), Refusal> {
    validate_name(&request.name)?;
    if request.driver == Driver::Bridge {
        return Err(Refusal::Bridge(request.name.clone()));
    }
    if state.networks.values().any(|n| n.name == request.name) {
        return Err(Refusal::NameTaken { what: "network", name: request.name.clone() });
    }
    let options = Options::read(&request.options)?;
    let mut subnets = subnets(state, request, avoid)?;
    let mut pool = state.pool;
    let vnis = ipam::assign(&mut pool, &options.vnis, subnets.len(), &taken_vnis(state))?;
    subnets.iter_mut().zip(vnis).for_each(|(subnet, vni)| subnet.vni = vni);
    let network = network(request, subnets, given);
    let mut draft = draft(&network);
    draft.unchanged(state, &Key::Pool);
    draft.put(&Key::Pool, &pool);
    Ok((network, draft.txn()))
}

fn subnets(state: &State, request: &NetworkCreate, avoid: &[Ipv4Net]) -> Result<Vec<Subnet>, Refusal> {
    let wanted = SubnetRequest {
        subnets: &request.subnets,
        ip_ranges: &request.ip_ranges,
        gateways: &request.gateways,
        aux: &request.aux_addresses,
    };
    Ok(ipam::subnets(&wanted, state.networks.values(), avoid)?)
}

fn taken_vnis(state: &State) -> BTreeSet<u32> {
    state.networks.values().flat_map(|n| &n.subnets).map(|s| s.vni).collect()
}

fn network(request: &NetworkCreate, subnets: Vec<Subnet>, given: &mut Given<'_>) -> Network {
    Network {
        id: (given.fresh_id)(),
        name: request.name.clone(),
        driver: request.driver,
        created: given.now,
        subnets,
        internal: request.internal,
        options: request.options.clone(),
        labels: request.labels.clone(),
    }
}

fn draft(network: &Network) -> Draft {
    let mut draft = Draft::default();
    draft.create(&Key::Network(network.id.clone()), network);
    draft.create(&Key::NetworkName(network.name.clone()), &network.id);
    for subnet in &network.subnets {
        draft.create(&Key::Vni(subnet.vni), &network.id);
    }
    draft.create(&Key::Cursor(network.id.clone()), &Cursor::default());
    draft
}

/// Removes a network that no endpoint is in.
///
/// # Errors
/// [`Refusal::NetworkInUse`] names the first few containers; [`Refusal::NotFound`].
pub fn remove(state: &State, name: &str) -> Result<(Id, Txn), Refusal> {
    let network = state.network(name)?;
    if let Some(users) = users(state, network) {
        return Err(Refusal::NetworkInUse { network: network.name.clone(), users });
    }
    let mut draft = Draft::default();
    // An endpoint that appears meanwhile rewrites the cursor, and this commit conflicts.
    draft.unchanged(state, &Key::Cursor(network.id.clone()));
    draft.present(&Key::Network(network.id.clone()));
    draft.delete(&Key::Network(network.id.clone()));
    draft.delete(&Key::NetworkName(network.name.clone()));
    for subnet in &network.subnets {
        draft.delete(&Key::Vni(subnet.vni));
    }
    draft.delete(&Key::Cursor(network.id.clone()));
    Ok((network.id.clone(), draft.txn()))
}

/// The containers in a network, the first three by name.
fn users(state: &State, network: &Network) -> Option<String> {
    let names: Vec<_> =
        state.endpoints_of_network(&network.id).map(|e| format!("'{}'", e.container_name)).collect();
    let (first, more) = names.split_at(names.len().min(3));
    match (first.len(), more.len()) {
        (0, _) => None,
        (_, 0) => Some(first.join(", ")),
        (_, more) => Some(format!("{} and {more} more", first.join(", "))),
    }
}
