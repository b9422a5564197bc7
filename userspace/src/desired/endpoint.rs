//! Reserving addresses: an endpoint's key is its address, so writing it is the reservation.

use std::collections::BTreeSet;

use super::{Given, Refusal, State, draft::Draft, state::NetworkAddresses};
use crate::{
    api::types::Attach,
    ipam::{self, Cursor},
    model::{Container, Endpoint, Mac, Network},
    store::schema::Key,
};

/// Reserves one endpoint for each `--network` of a container; their interfaces get the first
/// names eth0, eth1, … that are not in `ifnames`.
pub(super) fn reserve(
    state: &State,
    container: &Container,
    networks: &[Attach],
    ifnames: &BTreeSet<String>,
    draft: &mut Draft,
    given: &mut Given<'_>,
) -> Result<Vec<Endpoint>, Refusal> {
    let mut names = (0..).map(|n| format!("eth{n}")).filter(|name| !ifnames.contains(name));
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for attach in networks {
        let network = state.network(&attach.network, &container.node)?;
        if endpoints.iter().any(|e| e.network == network.id) {
            return Err(Refusal::NetworkTwice(network.name.clone()));
        }
        let ifname = names.next().unwrap_or_default();
        endpoints.push(one(state, container, network, attach, ifname, draft, given)?);
    }
    Ok(endpoints)
}

fn one(
    state: &State,
    container: &Container,
    network: &Network,
    attach: &Attach,
    ifname: String,
    draft: &mut Draft,
    given: &mut Given<'_>,
) -> Result<Endpoint, Refusal> {
    check_default(network, attach)?;
    let mut cursor = cursor(state, network, draft);
    let taken = NetworkAddresses { state, network: &network.id };
    let (subnet, addr) = ipam::choose(network, &cursor, &taken, attach.ip)?;
    match attach.ip {
        Some(_) => cursor.wake(addr),
        None => cursor.advance(subnet.cidr, addr),
    }
    let mac = attach.mac.unwrap_or(Mac::of(addr));
    check_mac(state, network, mac)?;
    let endpoint = Endpoint {
        id: (given.fresh_id)(),
        network: network.id.clone(),
        container: container.id.clone(),
        container_name: container.name.clone(),
        node: container.node.clone(),
        addr,
        prefix_len: subnet.cidr.prefix_len(),
        vni: subnet.vni,
        mac,
        ifname,
        aliases: attach.aliases.clone(),
        fixed: attach.ip.is_some(),
        hostname: container.process.as_ref().map(|process| process.hostname.clone()),
    };
    draft.present(&Key::Network(network.id.clone()));
    draft.put(&Key::Cursor(network.id.clone()), &cursor);
    draft.create(&Key::Endpoint(network.id.clone(), addr), &endpoint);
    Ok(endpoint)
}

/// Where the network's last addresses were handed out. Every network has a cursor: where none is known, the
/// network is not, and the commit must not come about.
fn cursor(state: &State, network: &Network, draft: &mut Draft) -> Cursor {
    let known = state.cursors.get(&network.id);
    if known.is_none() {
        draft.absent(&Key::Cursor(network.id.clone()));
    }
    known.cloned().unwrap_or_default()
}

/// Gives an endpoint's address back; it rests before another container gets it.
pub(super) fn release(state: &State, endpoint: &Endpoint, draft: &mut Draft) {
    draft.take(&Key::Endpoint(endpoint.network.clone(), endpoint.addr));
    if let Some(cursor) = state.cursors.get(&endpoint.network) {
        let mut cursor = cursor.clone();
        cursor.rest(endpoint.addr);
        draft.put(&Key::Cursor(endpoint.network.clone()), &cursor);
    }
}

/// Docker's rule: addresses and aliases are for networks that users make.
fn check_default(network: &Network, attach: &Attach) -> Result<(), Refusal> {
    match (network.is_default(), attach.ip, attach.aliases.first()) {
        (true, Some(_), _) => Err(Refusal::DefaultTakesNo("address")),
        (true, _, Some(_)) => Err(Refusal::DefaultTakesNo("alias")),
        _ => Ok(()),
    }
}

pub(super) fn check_mac(state: &State, network: &Network, mac: Mac) -> Result<(), Refusal> {
    let refuse = |why| Err(Refusal::Mac { mac, network: network.name.clone(), why });
    if mac.0[0] & 1 == 1 || mac == Mac([0; 6]) {
        return refuse("not the address of one interface");
    }
    if network.subnets.iter().any(|s| Mac::of(s.gateway) == mac) {
        return refuse("the gateway's");
    }
    if state.endpoints_of_network(&network.id).any(|e| e.mac == mac) {
        return refuse("in use");
    }
    Ok(())
}
