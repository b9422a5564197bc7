//! Which addresses the host reaches by `cw-host`, from where, and by packets of which size: pure.

use std::{collections::BTreeMap, net::Ipv4Addr};

use ipnet::Ipv4Net;

use crate::{
    desired::State,
    link::HostRoute,
    model::{Driver, Id, Network, VXLAN_OVERHEAD},
};

/// Destinations with the gateway from which the host speaks to them: the subnets of this node's
/// bridge networks whole; of overlay networks, whose other addresses are elsewhere, the endpoints here.
pub(super) fn routes(state: &State, node: &Id, underlay_mtu: u32) -> BTreeMap<Ipv4Net, HostRoute> {
    let of_network = |network| {
        let mtu = u32::from(Network::mtu(network, underlay_mtu));
        let destinations = destinations(state, network, node).into_iter();
        destinations.map(move |(dest, source)| (dest, HostRoute { source, is_gateway: true, mtu }))
    };
    state.networks.values().flat_map(of_network).collect()
}

/// The addresses of services, to which the host speaks as the node `vtep`: where backends are other nodes',
/// its packets travel to them by the mesh. The pool's other addresses stay what they are to the host: its
/// name server may have one.
pub(super) fn services(
    state: &State,
    node: &Id,
    vtep: Ipv4Addr,
    underlay_mtu: u32,
) -> BTreeMap<Ipv4Net, HostRoute> {
    let mtu = underlay_mtu.saturating_sub(u32::from(VXLAN_OVERHEAD));
    let route = HostRoute { source: vtep, is_gateway: false, mtu };
    let vips = state.services_led_to_by(node).filter_map(|service| service.vip);
    vips.map(|vip| (Ipv4Net::from(vip), route)).collect()
}

fn destinations(state: &State, network: &Network, node: &Id) -> Vec<(Ipv4Net, Ipv4Addr)> {
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
