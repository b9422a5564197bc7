//! Services, their backends and their rings, as one node has them.

use std::sync::Arc;

use causeway_common::{
    Backend, MemberKey, Namespace, Service,
    limits::MIN_RING,
    names,
    node::LOCAL,
    service::{ACTIVE, AFFINITY, DRAINING, LOCAL_FIRST, RANDOM},
};

use super::{Step, Tables, diff, host, on_the_road, settle::settle, with_namespaces};
use crate::{
    api::types::ServiceUpdate,
    desired::{State, container, service, world::*},
    model::{Balance, Mac, Node, Sizes},
    plan::{Host, Planner},
};

const VIP: [u8; 4] = [10, 255, 0, 1];

/// Two nodes, the network `net`, the service `web` in it with `a` on the first node and `b` on the second.
fn world() -> (World, Node, Node) {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    world.network("net", &["10.5.0.0/24"]);
    world.service("web", "net");
    serve(&mut world, "a", &one);
    serve(&mut world, "b", &two);
    (world, one, two)
}

fn serve(world: &mut World, name: &str, node: &Node) {
    world.backend(name, node, &["net"], &["web"]);
    world.decide(|s, _| container::start(s, name, 7, 1)).unwrap();
}

fn update(world: &mut World, request: &ServiceUpdate) {
    world.decide(|s, g| service::update(s, "web", request, pool(), g)).unwrap();
}

/// A node that plans again and again.
struct Seat {
    node: Node,
    planner: Planner,
    now: Tables,
}

impl Seat {
    fn of(node: &Node) -> Self {
        Self { node: node.clone(), planner: Planner::default(), now: Tables::default() }
    }

    fn sees(&mut self, world: &World) -> &Tables {
        self.sees_with(world, Sizes::default())
    }

    /// The same with tables of these sizes.
    fn sees_with(&mut self, world: &World, sizes: Sizes) -> &Tables {
        let state = world.state();
        let host = on_the_road(with_namespaces(host(&self.node, &state), &state));
        let host = Host { sizes, ..host };
        settle(&mut self.planner, &state, &host, &mut self.now);
        &self.now
    }

    /// The addresses' last bytes in a ring.
    fn ring(&self, first: u32) -> Vec<u8> {
        self.now.rings[&first].iter().map(|i| self.now.backends[&u32::from(*i)].addr[3]).collect()
    }
}

#[test]
fn a_service_by_its_address() {
    let (world, one, _) = world();
    let mut seat = Seat::of(&one);
    let now = seat.sees(&world).clone();
    let expected = Service {
        network: 4097,
        number: 1,
        ring: 0,
        slots: MIN_RING,
        local_ring: MIN_RING,
        local_slots: MIN_RING,
        ..Service::default()
    };
    assert_eq!(now.services_v4, [(VIP, expected)].into());
    let backend = |last, node, mac: [u8; 6]| Backend {
        addr: [10, 5, 0, last],
        vni: 4097,
        node,
        mac,
        flags: ACTIVE,
        service: 1,
    };
    let mac = |last| Mac::of([10, 5, 0, last].into()).0;
    assert_eq!(now.backends, [(1, backend(2, LOCAL, mac(2))), (2, backend(3, 1, mac(3)))].into());
    let ring = seat.ring(0);
    assert_eq!(ring.iter().filter(|last| **last == 2).count(), 256);
    assert!(seat.ring(MIN_RING).iter().all(|last| *last == 2), "its own ring leads to this node alone");
    let settings = now.settings.unwrap();
    assert_eq!((settings.vip_pool, settings.vip_mask), ([10, 255, 0, 0], [255, 255, 0, 0]));
}

#[test]
fn without_services_no_address_is_a_virtual_one() {
    let mut world = World::default();
    let one = world.node(1);
    let settings = Seat::of(&one).sees(&world).settings.unwrap();
    assert_eq!((settings.vip_pool, settings.vip_mask), ([0; 4], [255; 4]));
}

#[test]
fn flags_say_how_a_backend_is_chosen() {
    let (mut world, one, _) = world();
    let mut seat = Seat::of(&one);
    let request = ServiceUpdate {
        balance: Some(Balance::Random),
        local_first: Some(true),
        affinity_seconds: Some(60),
        ..ServiceUpdate::default()
    };
    update(&mut world, &request);
    let web = seat.sees(&world).services_v4[&VIP];
    assert_eq!((web.flags, web.affinity_seconds), (RANDOM | LOCAL_FIRST | AFFINITY, 60));
}

#[test]
fn who_drains_is_known_and_in_no_ring() {
    let (mut world, one, _) = world();
    let mut seat = Seat::of(&one);
    seat.sees(&world);
    update(&mut world, &ServiceUpdate { drain: vec!["a".into()], ..ServiceUpdate::default() });
    let now = seat.sees(&world).clone();
    let web = now.services_v4[&VIP];
    assert_eq!((now.backends[&1].flags, now.backends[&2].flags), (DRAINING, ACTIVE));
    assert_eq!((web.local_slots, web.slots), (0, MIN_RING));
    assert!(seat.ring(web.ring).iter().all(|last| *last == 3));
    world.decide(|s, _| container::drain(s, "b")).unwrap();
    let now = seat.sees(&world);
    assert_eq!((now.services_v4[&VIP].slots, now.backends[&2].flags), (0, DRAINING), "nobody is left");
}

#[test]
fn who_is_starting_or_gone_is_not_known() {
    let (mut world, one, two) = world();
    let mut seat = Seat::of(&one);
    world.backend("c", &two, &["net"], &["web"]);
    assert_eq!(seat.sees(&world).backends.len(), 2);
    world.decide(|s, _| container::exit(s, "b", 0, 2)).unwrap();
    let now = seat.sees(&world);
    assert_eq!(now.backends.keys().copied().collect::<Vec<_>>(), [1]);
    let web = now.services_v4[&VIP];
    assert_eq!((web.ring, web.slots), (web.local_ring, web.local_slots), "all are here: one ring");
}

#[test]
fn weights_are_shares() {
    let (mut world, one, _) = world();
    let mut seat = Seat::of(&one);
    update(&mut world, &ServiceUpdate { weights: [("b".into(), 3)].into(), ..ServiceUpdate::default() });
    let web = seat.sees(&world).services_v4[&VIP];
    let ring = seat.ring(web.ring);
    assert_eq!((ring.len(), ring.iter().filter(|last| **last == 3).count()), (512, 384));
}

#[test]
fn an_index_given_up_rests_for_a_round() {
    let (mut world, one, two) = world();
    world.container("bystander", &one, &["net"]);
    let mut seat = Seat::of(&one);
    seat.sees(&world);
    world.decide(|s, _| container::exit(s, "a", 0, 2)).unwrap();
    serve(&mut world, "c", &two);
    let indices = |now: &Tables| now.backends.iter().map(|(i, b)| (*i, b.addr[3])).collect::<Vec<_>>();
    assert_eq!(indices(seat.sees(&world)), [(2, 3), (3, 5)], "1 was a's a moment ago");
    serve(&mut world, "d", &two);
    assert_eq!(indices(seat.sees(&world)), [(1, 6), (2, 3), (3, 5)]);
}

#[test]
fn rings_take_turns_at_two_places() {
    let (mut world, one, _) = world();
    let mut seat = Seat::of(&one);
    let mut places = Vec::new();
    for weight in [1, 2, 3, 4] {
        update(
            &mut world,
            &ServiceUpdate { weights: [("b".into(), weight)].into(), ..ServiceUpdate::default() },
        );
        let web = seat.sees(&world).services_v4[&VIP];
        places.push(web.ring / MIN_RING);
        assert_eq!(web.local_ring, MIN_RING, "it is the same and stays");
    }
    assert_eq!(places, [0, 2, 0, 2]);
}

#[test]
fn a_restarted_daemon_finds_its_rings() {
    let (world, one, _) = world();
    let mut seat = Seat::of(&one);
    seat.sees(&world);
    // Read from the kernel, the same numbers are in other memory.
    seat.now.rings = seat.now.rings.iter().map(|(first, ring)| (*first, ring.to_vec().into())).collect();
    let before = seat.now.clone();
    seat.planner = Planner::default();
    assert_eq!(seat.sees(&world), &before);
}

#[test]
fn others_bridges_are_not_entered() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    world.bridge("own", &two, &["172.20.0.0/16"]);
    let request = service_request("web", "own");
    world.decide(|s, g| service::create(s, &request, &two.id, pool(), g)).unwrap();
    assert_eq!(Seat::of(&one).sees(&world).services_v4.len(), 0);
    assert_eq!(Seat::of(&two).sees(&world).services_v4.len(), 1);
}

#[test]
fn namespaces_are_in_the_networks_of_their_containers() {
    let (mut world, one, _) = world();
    world.network("two", &["10.6.0.0/24", "10.7.0.0/24"]);
    world.container("c", &one, &["net", "two"]);
    let now = Seat::of(&one).sees(&world).clone();
    let cookies: Vec<_> = now.namespaces.keys().copied().collect();
    let dns = Namespace { dns_udp: 5353_u16.to_be_bytes(), ..Namespace::default() };
    assert!(cookies.len() == 2 && now.namespaces.values().all(|n| *n == dns));
    let key = |cookie, network| MemberKey { cookie, network, reserved: 0 };
    let expected = [
        (key(cookies[0], 4097), [10, 5, 0, 2]),
        (key(cookies[1], 4097), [10, 5, 0, 4]),
        (key(cookies[1], 4098), [10, 6, 0, 2]),
    ];
    assert_eq!(now.members, expected.into(), "by the first VNI of each network");
}

#[test]
fn the_hosts_own_namespace_is_no_containers() {
    let (world, one, _) = world();
    let state = world.state();
    let mut own = on_the_road(with_namespaces(host(&one, &state), &state));
    own.namespaces.values_mut().for_each(|n| n.cookie = own.local.netns_cookie);
    let now = super::tables(&state, &own, &Tables::default());
    assert!(now.namespaces.is_empty() && now.members.is_empty());
}

/// A state with `count` services of three backends each, on another node.
fn large(count: u32) -> (State, Node) {
    let (world, one, _) = world();
    let mut state = world.state();
    let (service, backend) =
        (state.services.values().next().unwrap().clone(), state.backends.values().next().unwrap().clone());
    let node = state.node("node2").unwrap().id.clone();
    for n in 0..count {
        let id = |kind: u32| crate::model::Id::parse(&format!("{kind:08x}{n:056x}")).unwrap();
        let vip = Some(std::net::Ipv4Addr::from(0x0aff_1000 + n));
        let service = crate::model::Service { id: id(99), vip, ..service.clone() };
        for one in 0..3 {
            let addr = std::net::Ipv4Addr::from(0x0a06_0000 + n * 3 + one);
            let (container, node) = (id(100 + one), node.clone());
            let backend = crate::model::Backend { service: id(99), container, node, addr, ..backend.clone() };
            state.backends.insert((id(99), backend.container.clone()), backend);
        }
        state.services.insert(service.id.clone(), service);
    }
    (state, one)
}

#[test]
fn of_ten_thousand_services_only_the_changed_one_is_made_again() {
    let (mut state, node) = large(10_000);
    let own = on_the_road(host(&node, &state));
    let mut planner = Planner::default();
    let first = planner.tables(&state, &own, &Tables::default());
    assert_eq!((first.services_v4.len(), first.backends.len()), (10_001, 30_002));
    let made = planner.rings.made;
    assert_eq!(made, 10_002, "web has a ring of its own backends, too");
    let second = planner.tables(&state, &own, &first);
    assert_eq!((planner.rings.made, diff(&second, &first)), (made, Vec::new()));
    assert!(first.rings.iter().all(|(place, ring)| Arc::ptr_eq(ring, &second.rings[place])));
    let changed = state.backends.keys().nth(5000).unwrap().clone();
    state.backends.remove(&changed);
    let third = planner.tables(&state, &own, &second);
    assert_eq!(planner.rings.made, made + 1);
    let steps = diff(&third, &second);
    assert!(
        matches!(steps[..], [Step::PutRing(..), Step::PutService(..), Step::DeleteBackend(_)]),
        "{}",
        steps.len()
    );
}

/// The maps that were too small in the last round.
fn short(seat: &Seat) -> Vec<&'static str> {
    seat.planner.short().collect()
}

#[test]
fn what_a_table_has_no_room_for_is_left_out_and_named() {
    let (mut world, one, two) = world();
    let mut seat = Seat::of(&one);
    let whole = Sizes { services: 1, backends: 3, ring_slots: 2 * MIN_RING, ..Sizes::default() };
    let before = seat.sees_with(&world, whole).clone();
    assert_eq!((short(&seat), before.backends.len()), (vec![], 2));

    world.service("late", "net");
    world.backend("c", &two, &["net"], &["late"]);
    world.decide(|s, _| container::start(s, "c", 7, 1)).unwrap();
    let tables = seat.sees_with(&world, whole).clone();
    assert_eq!(short(&seat), [names::SERVICES_V4]);
    assert!(tables.services_v4 == before.services_v4 && tables.backends == before.backends);
    assert!(tables.rings == before.rings, "who was there first stays");

    let more = Sizes { services: 2, ..whole };
    let tables = seat.sees_with(&world, more).clone();
    assert_eq!((tables.services_v4.len(), tables.backends.len()), (2, 2), "of three backends two have room");
    assert_eq!(short(&seat), [names::BACKENDS]);

    let enough = Sizes { backends: 4, ring_slots: 3 * MIN_RING, ..more };
    let tables = seat.sees_with(&world, enough).clone();
    assert!(short(&seat).is_empty());
    assert!(tables.services_v4.values().all(|service| service.slots == MIN_RING));
}

#[test]
fn a_service_without_room_for_its_ring_is_named() {
    let (mut world, one, _) = world();
    let mut seat = Seat::of(&one);
    let sizes = Sizes { ring_slots: MIN_RING, ..Sizes::default() };
    seat.sees_with(&world, sizes);
    assert_eq!(short(&seat), [names::RINGS], "this node's own ring has no room beside that of all");
    world.decide(|s, _| service::remove(s, "web")).unwrap();
    seat.sees_with(&world, sizes);
    assert!(short(&seat).is_empty());
}
