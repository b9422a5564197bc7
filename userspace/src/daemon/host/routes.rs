//! Which addresses the host reaches by `cw-host`, and from where: pure.

use std::{collections::BTreeMap, net::Ipv4Addr};

use ipnet::Ipv4Net;

use crate::{
    desired::State,
    model::{Driver, Id, Network},
};

/// Destinations with the gateway from which the host speaks to them: the subnets of this node's
/// bridge networks whole; of overlay networks, whose other addresses are elsewhere, the endpoints here.
pub(super) fn routes(state: &State, node: &Id) -> BTreeMap<Ipv4Net, Ipv4Addr> {
    state.networks.values().flat_map(|network| of_network(state, network, node)).collect()
}

fn of_network(state: &State, network: &Network, node: &Id) -> Vec<(Ipv4Net, Ipv4Addr)> {
    match network.driver {
        Driver::Bridge if network.is_seen_from(node) => {
            network.subnets.iter().map(|s| (s.cidr, s.gateway)).collect()
        }
        Driver::Bridge => Vec::new(),
        Driver::Overlay => {
            let here = state.endpoints_of_network(&network.id).filter(|e| e.node == *node);
            here.filter_map(|e| Some((Ipv4Net::from(e.addr), network.subnet_of(e.addr)?.gateway))).collect()
        }
    }
}
