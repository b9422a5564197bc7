//! Tables from states, steps from tables.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod convergence;
mod deeds;
mod ingress_histories;
mod ingress_tables;
mod local_networking;
mod maglev;
mod outer_headers;
mod random;
mod service_tables;
mod settle;
mod silent_nodes;
mod simulation;
mod steps;
mod worked_example;

use std::collections::BTreeMap;

use causeway_common::Settings;

use super::{Host, Local, NextHop, OwnNamespace, Step, Tables, diff, tables};
use crate::{
    desired::State,
    model::{Container, Endpoint, Mac, Node, Sizes},
};

const UPLINK: u32 = 2;

/// What `node` knows of itself: every endpoint of its own has an interface, every node of the state is
/// reachable.
fn host(node: &Node, state: &State) -> Host {
    let own = state.endpoints.values().filter(|e| e.node == node.id);
    let uplink_mac = Mac([2, 0, 0, 0, 0, node.vtep.octets()[3]]);
    let hop = |n: &Node| {
        let dst_mac = Some(Mac([2, 0, 0, 0, 0, n.vtep.octets()[3]]));
        (n.vtep, NextHop { ifindex: UPLINK, src_mac: uplink_mac, dst_mac })
    };
    Host {
        namespaces: BTreeMap::new(),
        settled: BTreeMap::new(),
        node: node.id.clone(),
        vtep: node.vtep,
        uplink: UPLINK,
        uplink_mac,
        underlay_mtu: 1500,
        vxlan_port: 4789,
        sizes: Sizes::default(),
        interfaces: own.map(|e| (e.id.clone(), ifindex(e))).collect(),
        silent_nodes: Default::default(),
        next_hops: state.nodes.values().filter(|n| n.id != node.id).map(hop).collect::<BTreeMap<_, _>>(),
        local: Local::default(),
    }
}

/// The same with its containers' namespaces looked after.
fn with_namespaces(host: Host, state: &State) -> Host {
    let own = state.containers.values().filter(|c| c.node == host.node);
    let namespace = |c: &Container| OwnNamespace {
        cookie: 1000 + u64::from_str_radix(&c.id.as_str()[8..16], 16).unwrap(),
        dns_udp: Some(5353),
        dns_tcp: None,
        has_another: c.docker.is_some(),
    };
    let namespaces = own.map(|c| (c.id.clone(), namespace(c))).collect();
    Host { namespaces, ..host }
}

/// The same with `cw-host`, and every part of [`Local`] filled in.
fn on_the_road(host: Host) -> Host {
    let addresses = [host.vtep, std::net::Ipv4Addr::LOCALHOST].into();
    let local = Local {
        netns_cookie: 77,
        host_ifindex: 9,
        host_mac: Some(Mac([2, 0, 0, 0, 9, 9])),
        generation: 5,
        first_port: 40_000,
        ports: 21_000,
        redirects: false,
        frames: false,
        addresses,
    };
    Host { local, ..host }
}

/// An interface index for each endpoint: the number in its id.
fn ifindex(endpoint: &Endpoint) -> u32 {
    100 + u32::from_str_radix(&endpoint.id.as_str()[8..16], 16).unwrap()
}

/// Carries steps out as the kernel does.
fn apply(tables: &mut Tables, steps: &[Step]) {
    for step in steps {
        match *step {
            Step::PutEndpoint(key, value) => drop(tables.endpoints_v4.insert(key, value)),
            Step::DeleteEndpoint(key) => drop(tables.endpoints_v4.remove(&key).unwrap()),
            Step::PutAttachment(key, value) => drop(tables.attachments.insert(key, value)),
            Step::DeleteAttachment(key) => drop(tables.attachments.remove(&key).unwrap()),
            Step::PutNode(key, value) => drop(tables.nodes.insert(key, value)),
            Step::DeleteNode(key) => drop(tables.nodes.remove(&key).unwrap()),
            Step::PutVtep(key, value) => drop(tables.vteps_v4.insert(key, value)),
            Step::DeleteVtep(key) => drop(tables.vteps_v4.remove(&key).unwrap()),
            Step::PutVni(key, value) => drop(tables.vnis.insert(key, value)),
            Step::DeleteVni(key) => drop(tables.vnis.remove(&key).unwrap()),
            Step::PutSettings(value) => tables.settings = (value != Settings::default()).then_some(value),
            Step::PutHostAddress(key, value) => drop(tables.host_addrs_v4.insert(key, value)),
            Step::DeleteHostAddress(key) => drop(tables.host_addrs_v4.remove(&key).unwrap()),
            Step::PutPublished(key, value) => drop(tables.published_v4.insert(key, value)),
            Step::DeletePublished(key) => drop(tables.published_v4.remove(&key).unwrap()),
            Step::PutSource(prefix) => assert!(tables.sources_v4.insert(prefix)),
            Step::DeleteSource(prefix) => assert!(tables.sources_v4.remove(&prefix)),
            Step::PutNamespace(key, value) => drop(tables.namespaces.insert(key, value)),
            Step::DeleteNamespace(key) => drop(tables.namespaces.remove(&key).unwrap()),
            Step::PutMember(key, value) => drop(tables.members.insert(key, value)),
            Step::DeleteMember(key) => drop(tables.members.remove(&key).unwrap()),
            Step::PutBackend(key, value) => drop(tables.backends.insert(key, value)),
            Step::DeleteBackend(key) => drop(tables.backends.remove(&key).unwrap()),
            Step::PutRing(first, ref slots) => drop(tables.rings.insert(first, slots.clone())),
            Step::PutService(key, value) => drop(tables.services_v4.insert(key, value)),
            Step::DeleteService(key) => drop(tables.services_v4.remove(&key).unwrap()),
            Step::PutIngress(key, value) => drop(tables.ingress.insert(key, value)),
            Step::DeleteIngress(key) => drop(tables.ingress.remove(&key).unwrap()),
        }
    }
}
