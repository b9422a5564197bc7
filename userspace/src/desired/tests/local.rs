//! Networks of one node.

use super::{
    ALL_FREE, Conflict, Kind, World, attach_to, container, container_request, network, network_request,
    nobody, node, refused,
};
use crate::{
    api::types::{ContainerCreate, NetworkCreate},
    model::{Driver, Network, Node},
};

fn bridge(name: &str, subnets: &[&str]) -> NetworkCreate {
    NetworkCreate { driver: Driver::Bridge, ..network_request(name, subnets) }
}

fn default_of(world: &mut World, node: &Node) -> Network {
    world.decide(|s, g| network::create_default(s, &node.id, &[], g)).unwrap()
}

fn shown(network: &Network) -> Vec<String> {
    network.subnets.iter().map(|s| format!("{} {:#x}", s.cidr, s.vni)).collect()
}

#[test]
fn every_node_has_networks_and_numbers_of_its_own() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    let (a, b) = (default_of(&mut world, &one), default_of(&mut world, &two));
    assert_eq!((shown(&a), shown(&b)), (vec!["172.17.0.0/16 0xff0000".into()], shown(&a)));
    assert_eq!((a.name.as_str(), &a.node, a.is_default()), ("bridge", &Some(one.id.clone()), true));
    let web = world.bridge("web", &one, &["10.5.0.0/24", "0.0.0.0/24"]);
    assert_eq!(shown(&web), ["10.5.0.0/24 0xff0001", "172.18.0.0/24 0xff0002"]);
    assert!(!web.is_default());
    let state = world.state();
    assert_eq!(state.network("web", &one.id), Ok(&web));
    refused(state.network("web", &two.id), Kind::NotFound, &["no network 'web'"]);
    refused(state.network(web.id.as_str(), &two.id), Kind::NotFound, &["no network"]);
    assert_eq!(state.network("bridge", &two.id), Ok(&b));
    assert_eq!(state.default_network(&one.id), Some(&a));
    assert_eq!(state.default_network(&nobody()), None);
}

#[test]
fn a_removed_local_networks_number_rests() {
    let mut world = World::default();
    let one = world.node(1);
    world.bridge("web", &one, &[]);
    world.decide(|s, _| network::remove(s, "web", &one.id)).unwrap();
    assert_eq!(shown(&world.bridge("web", &one, &[])), ["172.17.0.0/16 0xff0001"]);
    world.decide(|s, _| network::remove(s, "web", &one.id)).unwrap();
    assert!(!world.keys().iter().any(|k| k.contains("network") || k.contains("cursor")));
}

#[test]
fn names_and_addresses_differ_as_far_as_one_node_sees() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    world.bridge("web", &one, &["10.5.0.0/16"]);
    let create = |request: NetworkCreate, node: &Node| {
        world.clone().decide(|s, g| network::create(s, &request, &node.id, &[], g))
    };
    assert!(create(bridge("web", &["10.5.0.0/24"]), &two).is_ok(), "another node sees none of it");
    refused(create(bridge("web", &[]), &one), Kind::Conflict, &["network 'web' exists"]);
    refused(create(bridge("x", &["10.5.9.0/24"]), &one), Kind::Conflict, &["10.5.9.0/24", "'web'"]);
    refused(create(network_request("web", &[]), &one), Kind::Conflict, &["network 'web' exists already;"]);
    let elsewhere = create(network_request("web", &[]), &two);
    refused(elsewhere, Kind::Conflict, &["'web'", "bridge network of node 'node1'"]);
    let overlap = create(network_request("x", &["10.5.9.0/24"]), &two);
    refused(overlap, Kind::Conflict, &["10.5.9.0/24", "overlaps", "'web'"]);
    world.network("wide", &["10.6.0.0/16"]);
    let create =
        |request: NetworkCreate| world.clone().decide(|s, g| network::create(s, &request, &two.id, &[], g));
    refused(create(bridge("wide", &[])), Kind::Conflict, &["network 'wide' exists already;"]);
    refused(create(bridge("x", &["10.6.9.0/24"])), Kind::Conflict, &["overlaps 10.6.0.0/16", "'wide'"]);
}

#[test]
fn a_network_of_the_cluster_and_one_of_a_node_at_once_exclude_each_other() {
    let mut world = World::default();
    let one = world.node(1);
    for local_first in [true, false] {
        let before = world.state();
        let (_, local) =
            world.draw(&before, |s, g| network::create(s, &bridge("web", &[]), &one.id, &[], g)).unwrap();
        let (_, global) = world
            .draw(&before, |s, g| network::create(s, &network_request("web", &[]), &one.id, &[], g))
            .unwrap();
        let (first, late) = if local_first { (local, global) } else { (global, local) };
        let mut world = world.clone();
        world.commit(first).unwrap();
        assert_eq!(world.commit(late), Err(Conflict));
    }
}

#[test]
fn the_default_network_stays_and_takes_no_wishes() {
    let mut world = World::default();
    let one = world.node(1);
    default_of(&mut world, &one);
    let again = world.decide(|s, g| network::create_default(s, &one.id, &[], g));
    refused(again, Kind::Conflict, &["network 'bridge' exists"]);
    refused(
        world.decide(|s, _| network::remove(s, "bridge", &one.id)),
        Kind::Invalid,
        &["cannot be removed"],
    );
    let mut create = |change: fn(&mut ContainerCreate)| {
        let mut request = container_request("c", &["bridge"]);
        change(&mut request);
        world.decide(|s, g| container::create(s, &request, &one.id, &ALL_FREE, g))
    };
    let with_ip = create(|r| r.networks[0].ip = Some("172.17.0.9".parse().unwrap()));
    refused(with_ip, Kind::Invalid, &["no address", "network create"]);
    let with_alias = create(|r| r.networks[0].aliases = vec!["x".into()]);
    refused(with_alias, Kind::Invalid, &["no alias", "network create"]);
    let placed = create(|r| r.networks.clear()).unwrap();
    assert_eq!(placed.endpoints[0].addr.to_string(), "172.17.0.2", "where nothing is named");
}

#[test]
fn the_default_network_avoids_what_the_host_has() {
    let mut world = World::default();
    let one = world.node(1);
    world.bridge("first", &one, &[]);
    let avoid = ["172.18.0.0/16".parse().unwrap(), "172.19.4.1/32".parse().unwrap()];
    let default = world.decide(|s, g| network::create_default(s, &one.id, &avoid, g)).unwrap();
    assert_eq!(default.subnets[0].cidr.to_string(), "172.20.0.0/16");
}

#[test]
fn prune_takes_what_is_empty_and_seen() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    default_of(&mut world, &one);
    world.bridge("empty", &one, &[]);
    world.bridge("used", &one, &[]);
    world.bridge("far", &two, &[]);
    world.network("wide", &[]);
    world.network("busy", &[]);
    world.container("a", &one, &["used"]);
    world.container("b", &two, &["busy"]);
    let state = world.state();
    let mut names: Vec<_> = network::may_go(&state, &one.id).map(|n| n.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["empty", "wide"]);
}

#[test]
fn a_node_takes_its_networks_along() {
    for leaving in [true, false] {
        let mut world = World::default();
        let one = world.node(1);
        default_of(&mut world, &one);
        let go = |s: &crate::desired::State| match leaving {
            true => node::leave(s, &one.id),
            false => node::remove(s, "node1", false),
        };
        assert!(!world.decide(|s, _| go(s)).unwrap().done, "its networks go first");
        let before = world.state();
        let (_, late) =
            world.draw(&before, |s, g| network::create(s, &bridge("late", &[]), &one.id, &[], g)).unwrap();
        let (_, too_early) = world.draw(&before, |s, _| go(s)).unwrap();
        let mut other = world.clone();
        other.commit(late.clone()).unwrap();
        assert_eq!(other.commit(too_early), Err(Conflict), "a network came first");
        assert!(world.decide(|s, _| go(s)).unwrap().done);
        assert_eq!(world.keys(), ["cluster/pool"]);
        assert_eq!(world.commit(late), Err(Conflict), "the node went first");
    }
}

#[test]
fn containers_do_not_reach_into_other_nodes_networks() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    let web = world.bridge("web", &one, &[]);
    for name in ["web", web.id.as_str()] {
        let request = ContainerCreate { networks: vec![attach_to(name)], ..container_request("c", &[]) };
        let request = ContainerCreate { mode: crate::api::types::Mode::Attached, ..request };
        let refusal = world.clone().decide(|s, g| container::create(s, &request, &two.id, &ALL_FREE, g));
        refused(refusal, Kind::NotFound, &["no network"]);
    }
}
