//! Tables from the desired state.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use causeway_common::{
    Attachment, Endpoint as Entry, EndpointKeyV4, Ipv4, VniInfo, limits::NODES, node::LOCAL,
};

use super::{
    Host, Tables, local, namespaces, outer, rings::Rings, services, silence, sources::Lists, stable,
};
use crate::{
    desired::State,
    model::{Driver, Endpoint, Mac, Network},
};

/// Plans round after round. What it remembers saves work and decides nothing.
#[derive(Debug, Default)]
pub struct Planner {
    pub(super) rings: Rings,
    /// The maps that were too small for what belongs in them, in the last round.
    short: BTreeSet<&'static str>,
}

/// [`Planner::tables`] for a single round.
pub fn tables(state: &State, host: &Host, observed: &Tables) -> Tables {
    Planner::default().tables(state, host, observed)
}

impl Planner {
    /// What this node's maps should hold. `observed` is what they do hold: a node that has an index there
    /// keeps it, so that entries which name the index stay true while the tables change.
    ///
    /// Left out, and so refused by the dataplane under a named reason: nodes that are silent or without a next
    /// hop with their endpoints, local endpoints without an interface, and what tables of a given size have no
    /// number or place for ([`Planner::short`]).
    pub fn tables(&mut self, state: &State, host: &Host, observed: &Tables) -> Tables {
        self.short.clear();
        let mut tables = Tables { vteps_v4: indices(state, host, observed), ..Tables::default() };
        for (vtep, index) in &tables.vteps_v4 {
            let vtep = Ipv4Addr::from(*vtep);
            if let Some(hop) = host.next_hops.get(&vtep) {
                tables.nodes.insert(*index, outer::node(host.vtep, vtep, host.vxlan_port, hop));
            }
        }
        let here = state.networks_with_endpoints_of(&host.node).filter_map(|id| state.networks.get(id));
        here.for_each(|network| take_part(state, host, network, &mut tables));
        namespaces::fill(state, host, &mut tables);
        let mut lists = Lists::default();
        let short = services::fill(state, host, observed, &mut self.rings, &mut lists, &mut tables);
        self.short.extend(short);
        local::fill(state, host, &mut lists, &mut tables);
        tables.sources_v4 = lists.prefixes().collect();
        tables
    }

    /// The maps that were too small in the last round: some services, or backends, are not reached.
    pub fn short(&self) -> impl Iterator<Item = &'static str> {
        self.short.iter().copied()
    }
}

/// VTEP -> index for every other node that can be reached.
fn indices(state: &State, host: &Host, observed: &Tables) -> BTreeMap<Ipv4, u32> {
    let others = state.nodes.values().filter(|n| n.id != host.node && !silence::is_gone(state, host, &n.id));
    let others = others.map(|n| n.vtep);
    let reachable = others.filter(|vtep| *vtep != host.vtep && host.next_hops.contains_key(vtep));
    let resting =
        |index| observed.nodes.contains_key(&index) || observed.vteps_v4.values().any(|i| *i == index);
    stable::numbers(reachable.map(|vtep| vtep.octets()), &observed.vteps_v4, resting, 1..NODES)
}

/// Enters a network that this node has endpoints in. The VNIs of bridge networks stay out of the VNI
/// table: it says what may come over the wire.
fn take_part(state: &State, host: &Host, network: &Network, tables: &mut Tables) {
    let Some(first) = network.subnets.first() else { return };
    if network.driver == Driver::Overlay {
        let info = VniInfo { network: first.vni, flags: 0 };
        tables.vnis.extend(network.subnets.iter().map(|subnet| (subnet.vni, info)));
    }
    for endpoint in state.endpoints_of_network(&network.id) {
        let Some(entry) = entry(state, host, endpoint, tables) else { continue };
        for subnet in &network.subnets {
            let key = EndpointKeyV4 { vni: subnet.vni, addr: endpoint.addr.octets() };
            tables.endpoints_v4.insert(key, entry);
        }
        if entry.node == LOCAL
            && let Some(attachment) = attachment(host, network, endpoint)
        {
            tables.attachments.insert(entry.ifindex, attachment);
        }
    }
}

fn entry(state: &State, host: &Host, endpoint: &Endpoint, tables: &Tables) -> Option<Entry> {
    let (node, ifindex) = if endpoint.node == host.node {
        (LOCAL, *host.interfaces.get(&endpoint.id)?)
    } else {
        let vtep = state.nodes.get(&endpoint.node)?.vtep;
        (*tables.vteps_v4.get(&vtep.octets())?, 0)
    };
    Some(Entry { mac: endpoint.mac.0, flags: 0, node, ifindex, vni: endpoint.vni, reserved: 0 })
}

fn attachment(host: &Host, network: &Network, endpoint: &Endpoint) -> Option<Attachment> {
    let subnet = network.subnet_of(endpoint.addr)?;
    Some(Attachment {
        vni: subnet.vni,
        addr: endpoint.addr.octets(),
        mac: endpoint.mac.0,
        gateway_mac: Mac::of(subnet.gateway).0,
        gateway: subnet.gateway.octets(),
        mtu: network.mtu(host.underlay_mtu),
        flags: local::flags(network),
        ifindex: 0,
    })
}
