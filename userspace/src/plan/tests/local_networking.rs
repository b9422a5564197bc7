//! One node with networks of its own, its tables written out.

use std::{collections::BTreeSet, net::Ipv4Addr};

use causeway_common::{
    Attachment, EndpointKeyV4, Published, PublishedKeyV4, attachment, host_address,
    node::LOCAL,
    settings,
    vni::{HOST_VNI, LOCAL_VNI_FIRST},
};

use super::{Host, Mac, State, Tables, apply, diff, host, ifindex, on_the_road, tables};
use crate::{
    api::types::{ContainerCreate, NetworkCreate, PortRange, PublishRequest},
    desired::{container, network, world::*},
    ipam::{HOST_BINDING, ICC, MASQUERADE, MTU},
    model::{Driver, Network, Node, Protocol},
};

/// Creates a bridge network of `node` with options `KEY=VALUE`.
fn bridge(world: &mut World, node: &Node, name: &str, internal: bool, options: &[&str]) -> Network {
    let options = options.iter().map(|o| o.split_once('=').unwrap());
    let request = NetworkCreate {
        driver: Driver::Bridge,
        internal,
        options: options.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        ..network_request(name, &[])
    };
    world.decide(|s, g| network::create(s, &request, &node.id, &[], g)).unwrap()
}

fn port(first: u16, count: u16, inner: u16, sources: &[&str]) -> PublishRequest {
    let range = |first| PortRange { first, last: first + count - 1 };
    PublishRequest {
        host_ip: None,
        host: Some(range(first)),
        container: range(inner),
        protocol: Protocol::Udp,
        sources: sources.iter().map(|s| s.parse().unwrap()).collect(),
    }
}

fn publish(world: &mut World, node: &Node, name: &str, networks: &[&str], publish: Vec<PublishRequest>) {
    let request = ContainerCreate { publish, ..container_request(name, networks) };
    world.decide(|s, g| container::create(s, &request, &node.id, &ALL_FREE, g)).unwrap();
}

fn planned(world: &World, node: &Node) -> (State, Tables) {
    let state = world.state();
    let tables = tables(&state, &on_the_road(host(node, &state)), &Tables::default());
    (state, tables)
}

fn attachment(state: &State, tables: &Tables, network: &str, node: &Node) -> Attachment {
    let network = state.network(network, &node.id).unwrap();
    let endpoint = state.endpoints_of_network(&network.id).find(|e| e.node == node.id).unwrap();
    tables.attachments[&ifindex(endpoint)]
}

fn key(addr: [u8; 4], port: u16) -> PublishedKeyV4 {
    PublishedKeyV4 { addr, port: port.to_be_bytes(), protocol: 17, reserved: 0 }
}

#[test]
fn a_bridge_network_is_its_nodes_and_stays_off_the_wire() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    bridge(&mut world, &one, "web", false, &[]);
    bridge(&mut world, &two, "web", false, &[]);
    world.network("wide", &["10.5.0.0/24"]);
    world.container("a", &one, &["web", "wide"]);
    world.container("b", &two, &["web", "wide"]);
    let (state, tables) = planned(&world, &one);
    assert_eq!(tables.vnis.keys().copied().collect::<Vec<_>>(), [4097], "what may come over the wire");
    let entered: Vec<_> = tables.endpoints_v4.iter().map(|(k, e)| (k.vni, k.addr, e.node == LOCAL)).collect();
    let (bridged, wide) = ([172, 17, 0, 2], [10, 5, 0, 2]);
    assert_eq!(
        entered,
        [
            (HOST_VNI, wide, true),
            (HOST_VNI, bridged, true),
            (4097, wide, true),
            (4097, [10, 5, 0, 3], false),
            (LOCAL_VNI_FIRST, bridged, true),
        ]
    );
    let seen = tables.endpoints_v4[&EndpointKeyV4 { vni: HOST_VNI, addr: bridged }];
    assert_eq!((seen.vni, seen.mac), (LOCAL_VNI_FIRST, [2, 0x42, 172, 17, 0, 2]));
    let attached = attachment(&state, &tables, "web", &one);
    assert_eq!((attached.vni, attached.gateway, attached.mtu), (LOCAL_VNI_FIRST, [172, 17, 0, 1], 1500));
    assert_eq!(attachment(&state, &tables, "wide", &one).mtu, 1450);
}

#[test]
fn without_cw_host_containers_reach_containers_only() {
    let mut world = World::default();
    let one = world.node(1);
    bridge(&mut world, &one, "web", false, &[]);
    publish(&mut world, &one, "a", &["web"], vec![port(53, 1, 53, &["10.0.0.0/8"])]);
    let state = world.state();
    let tables = tables(&state, &host(&one, &state), &Tables::default());
    assert_eq!(tables.settings, None);
    assert!(
        tables.host_addrs_v4.is_empty() && tables.published_v4.is_empty() && tables.sources_v4.is_empty()
    );
    assert_eq!(tables.endpoints_v4.keys().map(|k| k.vni).collect::<Vec<_>>(), [LOCAL_VNI_FIRST]);
}

#[test]
fn options_are_flags_of_the_attachment() {
    for (internal, options, flags, routes) in [
        (false, &[][..], attachment::MASQUERADE, false),
        (true, &[][..], attachment::INTERNAL | attachment::MASQUERADE, false),
        (false, &[&format!("{ICC}=false")[..]][..], attachment::ICC_OFF | attachment::MASQUERADE, false),
        (false, &[&format!("{MASQUERADE}=false")[..]][..], 0, true),
        (true, &[&format!("{MASQUERADE}=false")[..]][..], attachment::INTERNAL, false),
    ] {
        let mut world = World::default();
        let one = world.node(1);
        bridge(&mut world, &one, "web", internal, options);
        world.container("a", &one, &["web"]);
        let (state, tables) = planned(&world, &one);
        assert_eq!(attachment(&state, &tables, "web", &one).flags, flags, "{internal} {options:?}");
        let expected = if routes { settings::ROUTES } else { 0 };
        assert_eq!(tables.settings.unwrap().flags, expected, "{internal} {options:?}");
    }
    let mut world = World::default();
    let one = world.node(1);
    world.network("wide", &[]);
    world.container("a", &one, &["wide"]);
    let (state, tables) = planned(&world, &one);
    assert_eq!(
        attachment(&state, &tables, "wide", &one).flags,
        attachment::MASQUERADE,
        "an overlay's way out"
    );
}

#[test]
fn settings_are_what_the_node_knows_of_itself() {
    let mut world = World::default();
    let one = world.node(1);
    let (_, tables) = planned(&world, &one);
    let settings = tables.settings.unwrap();
    assert_eq!((settings.netns_cookie, settings.host_ifindex, settings.generation), (77, 9, 5));
    assert_eq!((settings.first_port, settings.ports), (40_000, 21_000));
    assert_eq!((settings.host_mac, settings.flags), ([2, 0, 0, 0, 9, 9], 0));
    assert_eq!(tables.published_v4.len(), 0);
}

#[test]
fn where_interfaces_take_frames_programs_know_it_and_the_uplinks_mac() {
    let mut world = World::default();
    let node = world.node(1);
    let plan = |frames| {
        let mut host = on_the_road(host(&node, &world.state()));
        host.local.frames = frames;
        let mac = host.uplink_mac;
        (tables(&world.state(), &host, &Tables::default()), mac)
    };
    let (without, _) = plan(false);
    assert_eq!((without.settings.unwrap().flags & settings::FRAMES, without.nodes.get(&LOCAL)), (0, None));
    let (with, mac) = plan(true);
    assert_eq!(with.settings.unwrap().flags & settings::FRAMES, settings::FRAMES);
    assert_eq!((with.nodes[&LOCAL].outer.eth_src, with.nodes[&LOCAL].flags), (mac.0, 0));
}

#[test]
fn the_hosts_addresses_are_its_own_and_the_gateways() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    bridge(&mut world, &one, "empty", false, &[&format!("{MTU}=9000")]);
    bridge(&mut world, &two, "far", false, &[]);
    world.network("wide", &["10.5.0.0/24", "10.6.0.0/24"]);
    world.network("none-here", &["10.7.0.0/24"]);
    world.container("a", &one, &["wide"]);
    world.container("b", &two, &["none-here"]);
    let (_, tables) = planned(&world, &one);
    let expected = [
        ([10, 5, 0, 1], host_address::GATEWAY),
        ([10, 6, 0, 1], host_address::GATEWAY),
        ([127, 0, 0, 1], host_address::LOOPBACK),
        ([172, 17, 0, 1], host_address::GATEWAY),
        ([198, 18, 0, 1], 0),
    ];
    assert_eq!(tables.host_addrs_v4, expected.into());
}

#[test]
fn a_range_is_an_entry_a_port() {
    let mut world = World::default();
    let one = world.node(1);
    bridge(&mut world, &one, "web", false, &[]);
    publish(&mut world, &one, "a", &["web"], vec![port(10_000, 10_001, 5_000, &[])]);
    let (_, tables) = planned(&world, &one);
    assert_eq!(tables.published_v4.len(), 10_001);
    let to = |port: u16| Published {
        addr: [172, 17, 0, 2],
        vni: LOCAL_VNI_FIRST,
        port: port.to_be_bytes(),
        ..Published::default()
    };
    assert_eq!(tables.published_v4[&key([0; 4], 10_000)], to(5_000));
    assert_eq!(tables.published_v4[&key([0; 4], 20_000)], to(15_000));
    assert_eq!(tables.settings.unwrap().flags, settings::PUBLISHES);
}

#[test]
fn a_port_of_one_address_is_some_port_for_whoever_wants_all() {
    let mut world = World::default();
    let one = world.node(1);
    bridge(&mut world, &one, "web", false, &[&format!("{HOST_BINDING}=127.0.0.1")]);
    publish(&mut world, &one, "a", &["web"], vec![port(53, 1, 53, &[])]);
    let (_, tables) = planned(&world, &one);
    let keys: Vec<_> = tables.published_v4.keys().copied().collect();
    assert_eq!(keys, [key([127, 0, 0, 1], 53), key([255; 4], 53)]);
}

#[test]
fn published_ports_follow_the_way_out() {
    let mut world = World::default();
    let one = world.node(1);
    bridge(&mut world, &one, "inner", true, &[]);
    bridge(&mut world, &one, "web", false, &[]);
    world.network("wide", &["10.5.0.0/24"]);
    publish(&mut world, &one, "a", &["inner", "web", "wide"], vec![port(53, 1, 53, &[])]);
    let target = |world: &World| {
        let (_, tables) = planned(world, &one);
        tables.published_v4.get(&key([0; 4], 53)).map(|to| (Ipv4Addr::from(to.addr).to_string(), to.vni))
    };
    assert_eq!(target(&world), Some(("172.18.0.2".into(), LOCAL_VNI_FIRST + 1)));
    world.decide(|s, _| container::disconnect(s, "web", "a", &one.id, false)).unwrap();
    assert_eq!(target(&world), Some(("10.5.0.2".into(), 4097)));
    world.decide(|s, _| container::disconnect(s, "wide", "a", &one.id, false)).unwrap();
    assert_eq!(target(&world), None, "no way out is left");
    let connect = |s: &State, g: &mut crate::desired::Given<'_>| {
        container::connect(s, "a", &attach_to("web"), &one.id, &BTreeSet::new(), g)
    };
    world.decide(connect).unwrap();
    assert_eq!(target(&world), Some(("172.18.0.3".into(), LOCAL_VNI_FIRST + 1)));
    world.decide(|s, _| container::exit(s, "a", 0, 0)).unwrap();
    assert_eq!(target(&world), None);
}

#[test]
fn a_container_without_its_interface_is_published_nowhere() {
    let mut world = World::default();
    let one = world.node(1);
    bridge(&mut world, &one, "web", false, &[]);
    publish(&mut world, &one, "a", &["web"], vec![port(53, 1, 53, &[])]);
    let state = world.state();
    let unplugged = Host { interfaces: Default::default(), ..on_the_road(host(&one, &state)) };
    assert!(tables(&state, &unplugged, &Tables::default()).published_v4.is_empty());
}

#[test]
fn sources_are_lists_by_what_they_say() {
    let mut world = World::default();
    let one = world.node(1);
    bridge(&mut world, &one, "web", false, &[]);
    let (near, far) = (["10.0.0.0/8", "192.0.2.7/32"], ["203.0.113.0/24"]);
    let swapped = [near[1], "10.9.9.9/8", near[0]];
    publish(&mut world, &one, "far", &["web"], vec![port(4, 1, 4, &far)]);
    publish(
        &mut world,
        &one,
        "a",
        &["web"],
        vec![port(1, 1, 1, &near), port(2, 1, 2, &swapped), port(3, 1, 3, &[])],
    );
    let (_, before) = planned(&world, &one);
    let list = |tables: &Tables, port| tables.published_v4[&key([0; 4], port)].sources;
    assert_eq!((list(&before, 1), list(&before, 3)), (list(&before, 2), 0));
    assert!(list(&before, 1) != list(&before, 4) && list(&before, 1) != 0 && list(&before, 4) != 0);
    let said: BTreeSet<_> = before.sources_v4.iter().map(|s| (s.list, s.addr, s.len)).collect();
    let (a, b) = (list(&before, 1), list(&before, 4));
    assert_eq!(said, [(a, [10, 0, 0, 0], 8), (a, [192, 0, 2, 7], 32), (b, [203, 0, 113, 0], 24)].into());
    world.decide(|s, _| container::remove(s, "far")).unwrap();
    let (_, after) = planned(&world, &one);
    assert_eq!(list(&after, 1), a, "a list keeps its number");
    assert_eq!(after.sources_v4.len(), 2);
    let mut now = before.clone();
    apply(&mut now, &diff(&after, &before));
    assert_eq!(now, after);
    world.decide(|s, _| container::exit(s, "a", 0, 0)).unwrap();
    assert!(planned(&world, &one).1.sources_v4.is_empty(), "an exited container has no ports");
}

#[test]
fn a_gateways_mac_is_the_attachments() {
    let mut world = World::default();
    let one = world.node(1);
    bridge(&mut world, &one, "web", false, &[]);
    world.container("a", &one, &["web"]);
    let (state, tables) = planned(&world, &one);
    assert_eq!(attachment(&state, &tables, "web", &one).gateway_mac, Mac::of([172, 17, 0, 1].into()).0);
}
