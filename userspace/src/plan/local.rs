//! The host's side of the tables: who it is, and whom it reaches.

use std::collections::BTreeMap;

use causeway_common::{
    EndpointKeyV4, Ipv4, Settings,
    attachment::{ICC_OFF, INTERNAL, MASQUERADE},
    host_address::{GATEWAY, LOOPBACK},
    node::LOCAL,
    settings::{FRAMES, INGRESS, PUBLISHES, REDIRECTS, ROUTES},
    vni::HOST_VNI,
};

use super::{Host, Tables, outer, published, sources::Lists};
use crate::{
    desired::State,
    model::{Driver, Network},
};

/// Fills in what a node without `cw-host` goes without; the networks' tables are made already.
pub(super) fn fill(state: &State, host: &Host, lists: &mut Lists, tables: &mut Tables) {
    if host.local.host_ifindex == 0 {
        return;
    }
    enter_for_host(tables);
    if host.local.frames {
        tables.nodes.insert(LOCAL, outer::here(host.uplink, host.uplink_mac));
    }
    tables.host_addrs_v4 = host_addresses(state, host);
    published::fill(state, host, lists, tables);
    tables.settings = Some(settings(state, host, tables));
}

/// What an endpoint of the network may do besides talking to its neighbours.
pub(super) fn flags(network: &Network) -> u16 {
    let options = network.settings();
    let mut flags = 0;
    if !options.icc {
        flags |= ICC_OFF;
    }
    if network.internal {
        flags |= INTERNAL;
    }
    if options.masquerade {
        flags |= MASQUERADE;
    }
    flags
}

/// Every endpoint of this node once more, by its address alone: subnets on one node do not overlap.
fn enter_for_host(tables: &mut Tables) {
    let here: Vec<_> = tables.endpoints_v4.iter().filter(|(_, e)| e.node == LOCAL).collect();
    let again: Vec<_> =
        here.iter().map(|(key, entry)| (EndpointKeyV4 { vni: HOST_VNI, ..**key }, **entry)).collect();
    tables.endpoints_v4.extend(again);
}

/// The host's addresses, and the gateways of the networks that are here.
fn host_addresses(state: &State, host: &Host) -> BTreeMap<Ipv4, u32> {
    let own = host.local.addresses.iter();
    let own = own.map(|addr| (addr.octets(), if addr.is_loopback() { LOOPBACK } else { 0 }));
    let here = state.networks.values().filter(|network| is_here(state, host, network));
    let gateways = here.flat_map(|n| &n.subnets).map(|s| (s.gateway.octets(), GATEWAY));
    own.chain(gateways).collect()
}

/// Whether containers of the network may be here: a bridge network's are nowhere else.
fn is_here(state: &State, host: &Host, network: &Network) -> bool {
    match network.driver {
        Driver::Bridge => network.is_seen_from(&host.node),
        Driver::Overlay => state.endpoints_of_network(&network.id).any(|e| e.node == host.node),
    }
}

fn settings(state: &State, host: &Host, tables: &Tables) -> Settings {
    let local = &host.local;
    let mut here = state.networks.values().filter(|network| is_here(state, host, network));
    let routes = here.any(|network| !network.internal && !network.settings().masquerade);
    let mut flags = 0;
    if !tables.published_v4.is_empty() {
        flags |= PUBLISHES;
    }
    if !tables.ingress.is_empty() {
        flags |= INGRESS;
    }
    if routes {
        flags |= ROUTES;
    }
    if local.redirects {
        flags |= REDIRECTS;
    }
    if local.frames {
        flags |= FRAMES;
    }
    let (vip_pool, vip_mask) = vips(state);
    Settings {
        netns_cookie: local.netns_cookie,
        host_ifindex: local.host_ifindex,
        generation: local.generation,
        host_mac: local.host_mac.map_or([0; 6], |mac| mac.0),
        flags,
        first_port: local.first_port,
        ports: local.ports,
        vip_pool,
        vip_mask,
        mtu: u16::try_from(host.underlay_mtu).unwrap_or(u16::MAX),
        ..Settings::default()
    }
}

/// The pool that VIPs are from, and its mask. Without one, no address but 0.0.0.0 is in it.
fn vips(state: &State) -> (Ipv4, Ipv4) {
    match state.vip_pool {
        Some(pool) => (pool.cidr.network().octets(), pool.cidr.netmask().octets()),
        None => ([0; 4], [255; 4]),
    }
}
