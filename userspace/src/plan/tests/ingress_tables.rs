//! Ports of all nodes, as one node has them.

use std::collections::BTreeSet;

use causeway_common::{
    Ingress, IngressKey,
    ingress::{AFFINITY, DSR, TRACKED},
    limits::MIN_RING,
    settings::{INGRESS, PUBLISHES},
};

use super::{Host, Tables, host, on_the_road, settle::settle, with_namespaces};
use crate::{
    api::types::{ServiceCreate, ServicePublish, ServiceUpdate},
    desired::{container, service, world::*},
    model::{Node, PortMode, Protocol, ReturnPath},
    plan::{Planner, Settled},
};

const WEB: IngressKey = IngressKey { port: 8080_u16.to_be_bytes(), protocol: 6, reserved: 0 };

/// Port `published` of every node.
pub(super) const fn ingress(published: u16) -> ServicePublish {
    ServicePublish {
        published: Some(published),
        target: 80,
        protocol: Protocol::Tcp,
        mode: PortMode::Ingress,
    }
}

pub(super) fn create(world: &mut World, request: &ServiceCreate) {
    world.decide(|s, g| service::create(s, request, &nobody(), pool(), g)).unwrap();
}

pub(super) fn update(world: &mut World, request: &ServiceUpdate) {
    world.decide(|s, g| service::update(s, "web", request, pool(), g)).unwrap();
}

pub(super) fn serve(world: &mut World, name: &str, node: &Node) {
    world.backend(name, node, &["net"], &["web"]);
    world.decide(|s, _| container::start(s, name, 7, 1)).unwrap();
}

/// Two nodes, and the service `web` in the network `net` at port 8080, with `a` on the first one and `b` on the
/// second.
pub(super) fn world() -> (World, Node, Node) {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    world.network("net", &["10.5.0.0/24"]);
    create(&mut world, &ServiceCreate { ports: vec![ingress(8080)], ..service_request("web", "net") });
    serve(&mut world, "a", &one);
    serve(&mut world, "b", &two);
    (world, one, two)
}

/// A node that plans again and again.
pub(super) struct Seat {
    node: Node,
    planner: Planner,
    pub(super) now: Tables,
    settled: Option<Settled>,
}

impl Seat {
    pub(super) fn of(node: &Node) -> Self {
        Self { node: node.clone(), planner: Planner::default(), now: Tables::default(), settled: None }
    }

    pub(super) fn sees(&mut self, world: &World) -> Ingress {
        let state = world.state();
        let host = on_the_road(with_namespaces(host(&self.node, &state), &state));
        let vip = state.service("web").unwrap().vip.unwrap();
        let settled = self.settled.map(|settled| (vip, settled)).into_iter().collect();
        settle(&mut self.planner, &state, &Host { settled, ..host }, &mut self.now);
        self.now.ingress[&WEB]
    }

    /// The current ring has stood for the window.
    pub(super) fn settles(&mut self, world: &World, tracked: bool) -> Ingress {
        let Ingress { ring, slots, .. } = self.now.ingress[&WEB];
        self.settled = Some(Settled { ring, slots, tracked });
        self.sees(world)
    }

    /// The last bytes of the addresses in a ring; 0 of those that are gone.
    pub(super) fn ring(&self, first: u32) -> Vec<u8> {
        let last = |index: &u16| self.now.backends.get(&u32::from(*index)).map_or(0, |b| b.addr[3]);
        self.now.rings[&first].iter().map(last).collect()
    }
}

#[test]
fn a_port_leads_to_its_service_on_every_node() {
    let (world, one, two) = world();
    let mut seats = [Seat::of(&one), Seat::of(&two)];
    let [here, there] = seats.each_mut().map(|seat| seat.sees(&world));
    let expected = Ingress {
        vip: [10, 255, 0, 1],
        number: 1,
        slots: MIN_RING,
        port: 80_u16.to_be_bytes(),
        ..Ingress::default()
    };
    assert_eq!((here, there), (expected, expected));
    assert_eq!(
        seats[0].ring(here.ring),
        seats[1].ring(there.ring),
        "the same slots lead to the same backends"
    );
    let flags = seats[0].now.settings.unwrap().flags;
    assert_eq!((flags & INGRESS, flags & PUBLISHES), (INGRESS, 0));
}

#[test]
fn a_service_without_a_network_is_reached_whatever_the_networks_of_its_backends() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    // Two bridge networks with the same addresses.
    world.bridge("own", &one, &["172.20.0.0/16"]);
    world.bridge("own", &two, &["172.20.0.0/16"]);
    create(&mut world, &ServiceCreate { ports: vec![ingress(8080)], ..service_request("web", "") });
    for (name, node) in [("a", &one), ("b", &two)] {
        world.backend(name, node, &["own"], &["web"]);
        world.decide(|s, _| container::start(s, name, 7, 1)).unwrap();
    }
    let mut seat = Seat::of(&one);
    let web = seat.sees(&world);
    assert_eq!((web.slots, seat.now.services_v4[&web.vip].network), (MIN_RING, 0));
    let backends: Vec<_> = seat.now.backends.values().map(|b| (b.addr, b.node)).collect();
    assert_eq!(backends, [([172, 20, 0, 2], 0), ([172, 20, 0, 2], 1)]);
    let half = seat.now.rings[&web.ring].iter().filter(|index| **index == 1).count();
    assert_eq!(half, 256, "each has its share");
}

#[test]
fn anothers_bridge_has_no_members_here() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    world.bridge("own", &two, &["172.20.0.0/16"]);
    let request = ServiceCreate { ports: vec![ingress(8080)], ..service_request("web", "own") };
    world.decide(|s, g| service::create(s, &request, &two.id, pool(), g)).unwrap();
    let network = |node: &Node| {
        let mut seat = Seat::of(node);
        let web = seat.sees(&world);
        seat.now.services_v4[&web.vip].network
    };
    assert_eq!(network(&one), 0);
    assert_ne!(network(&two), 0);
}

#[test]
fn flags_sources_and_addresses_are_the_services() {
    let (mut world, one, _) = world();
    let mut seat = Seat::of(&one);
    let request = ServiceUpdate {
        return_path: Some(ReturnPath::Dsr),
        affinity_seconds: Some(60),
        sources: vec!["192.0.2.0/24".parse().unwrap()],
        addresses: vec!["127.0.0.0/8".parse().unwrap()],
        ..ServiceUpdate::default()
    };
    update(&mut world, &request);
    let web = seat.sees(&world);
    assert_eq!(web.flags, DSR | AFFINITY);
    let listed: BTreeSet<_> = seat.now.sources_v4.iter().map(|p| (p.list, p.addr, p.len)).collect();
    assert_eq!(listed, [(web.sources, [192, 0, 2, 0], 24), (web.addresses, [127, 0, 0, 0], 8)].into());
}

#[test]
fn local_first_is_the_ring_of_this_node_while_it_has_one() {
    let (mut world, one, _) = world();
    let mut seat = Seat::of(&one);
    update(&mut world, &ServiceUpdate { local_first: Some(true), ..ServiceUpdate::default() });
    let web = seat.sees(&world);
    assert!(seat.ring(web.ring).iter().all(|last| *last == 2));
    update(&mut world, &ServiceUpdate { drain: vec!["a".into()], ..ServiceUpdate::default() });
    let web = seat.sees(&world);
    assert!(seat.ring(web.ring).iter().all(|last| *last == 3), "nobody takes new ones here");
    assert!(seat.ring(web.before).iter().all(|last| *last == 2));
}

#[test]
fn the_ring_that_was_settled_stands_beside_the_current_one_until_that_is() {
    let (mut world, one, two) = world();
    let mut seat = Seat::of(&one);
    let first = seat.sees(&world);
    assert_eq!(first.before_slots, 0);
    let old = seat.ring(first.ring);
    for name in ["c", "d", "e"] {
        serve(&mut world, name, &two);
        let web = seat.sees(&world);
        assert_eq!((web.before, web.before_slots, web.flags), (first.ring, first.slots, 0));
        assert_eq!(seat.ring(web.before), old, "nobody has written there");
    }
    world.decide(|s, _| container::exit(s, "b", 0, 2)).unwrap();
    let web = seat.sees(&world);
    let without_b: Vec<_> = old.iter().map(|last| if *last == 3 { 0 } else { *last }).collect();
    assert_eq!(seat.ring(web.before), without_b, "what was b's is nobody's");
    let web = seat.settles(&world, true);
    assert_eq!((web.before_slots, web.flags), (0, TRACKED));
    assert_eq!(seat.settles(&world, true).flags, TRACKED, "as long as some are there");
    assert_eq!(seat.settles(&world, false).flags, 0);
}

#[test]
fn who_comes_while_an_earlier_ring_stands_is_given_nobodys_index() {
    let (mut world, one, two) = world();
    let mut seat = Seat::of(&one);
    seat.sees(&world);
    world.decide(|s, _| container::exit(s, "b", 0, 2)).unwrap();
    seat.sees(&world);
    for name in ["c", "d"] {
        serve(&mut world, name, &two);
        seat.sees(&world);
    }
    assert_eq!(seat.now.backends.keys().copied().collect::<Vec<_>>(), [1, 3, 4], "2 was b's");
    seat.settles(&world, true);
    serve(&mut world, "e", &two);
    seat.sees(&world);
    assert!(seat.now.backends.contains_key(&2), "the ring that named it is over");
}

#[test]
fn a_ring_that_stood_before_says_nothing_of_the_next_one() {
    let (mut world, one, two) = world();
    let mut seat = Seat::of(&one);
    seat.sees(&world);
    serve(&mut world, "c", &two);
    seat.sees(&world);
    let settled = seat.settles(&world, true);
    serve(&mut world, "d", &two);
    let web = seat.sees(&world);
    assert_eq!((web.before, web.before_slots), (settled.ring, settled.slots));
    assert_eq!(seat.sees(&world).before_slots, settled.slots, "the fact is an older ring's");
}

#[test]
fn a_restarted_daemon_goes_on_with_what_it_finds() {
    let (mut world, one, two) = world();
    let mut seat = Seat::of(&one);
    seat.sees(&world);
    serve(&mut world, "c", &two);
    let web = seat.sees(&world);
    seat.planner = Planner::default();
    assert_eq!(seat.sees(&world), web);
    seat.settles(&world, true);
    (seat.planner, seat.settled) = (Planner::default(), None);
    assert_eq!(seat.sees(&world).flags, TRACKED, "who is tracked is not known yet");
}

#[test]
fn every_port_of_a_service_has_its_rings() {
    let (mut world, one, two) = world();
    let mut seat = Seat::of(&one);
    seat.sees(&world);
    serve(&mut world, "c", &two);
    seat.sees(&world);
    update(&mut world, &ServiceUpdate { publish_add: vec![ingress(8081)], ..ServiceUpdate::default() });
    let web = seat.sees(&world);
    assert_eq!(seat.now.ingress.values().copied().collect::<Vec<_>>(), [web, web]);
    assert_ne!(web.before_slots, 0);
}

#[test]
fn where_nobody_is_left_the_earlier_ring_still_knows_who_drains() {
    let (mut world, one, _) = world();
    let mut seat = Seat::of(&one);
    let first = seat.sees(&world);
    let drain = vec!["a".into(), "b".into()];
    update(&mut world, &ServiceUpdate { drain, ..ServiceUpdate::default() });
    let web = seat.sees(&world);
    assert_eq!((web.slots, web.before, web.before_slots), (0, first.ring, first.slots));
    update(&mut world, &ServiceUpdate { undrain: vec!["a".into()], ..ServiceUpdate::default() });
    assert_eq!(seat.sees(&world).before_slots, first.slots);
}
