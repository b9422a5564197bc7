use std::net::Ipv4Addr;

use super::{Conflict, Kind, World, attach_to, container, container_request, node, refused, registration};
use crate::{
    api::types::{ContainerCreate, Mode},
    desired::{Refusal, world::alive},
    model::{Availability, Id, Node, SignOfLife},
};

fn register(world: &mut World, id: &Id, name: &str, last: u8) -> Result<Node, Refusal> {
    world.decide(|s, _| node::register(s, &registration(id, name, [198, 18, 0, last].into())))
}

#[test]
fn a_node_takes_its_record_back() {
    let mut world = World::default();
    let node = world.node(1);
    world.decide(|s, _| node::update(s, "node1", Availability::Drain)).unwrap();
    let newer = node::Registration { version: "1.1", ..registration(&node.id, "node1", node.vtep) };
    let again = world.decide(|s, _| node::register(s, &newer)).unwrap();
    assert_eq!((again.version.as_str(), again.availability), ("1.1", Availability::Drain));
    assert_eq!(world.state().nodes.len(), 1);
}

#[test]
fn a_node_may_come_back_with_another_name_and_address() {
    let mut world = World::default();
    let node = world.node(1);
    register(&mut world, &node.id, "new", 9).unwrap();
    let kept: Vec<_> =
        world.keys().into_iter().filter(|k| k.contains("node-names") || k.contains("vteps")).collect();
    assert_eq!(kept, ["claims/node-names/new", "claims/vteps/198.18.0.9"], "the old claims are given up");
    register(&mut world, &Id::random(), "node1", 1).unwrap();
}

#[test]
fn another_node_with_a_taken_name_or_address_is_refused() {
    let mut world = World::default();
    world.node(1);
    let before = world.state();
    let mut another = |name, last| register(&mut world, &Id::random(), name, last);
    refused(another("node1", 2), Kind::Conflict, &["'node1'", "--node"]);
    refused(another("other", 1), Kind::Conflict, &["198.18.0.1", "'node1'", "--underlay"]);
    refused(another("a b", 3), Kind::Invalid, &["'a b'"]);
    // Two at once: each saw the name free.
    let mut draw = |name: &str, last| {
        let vtep = [198, 18, 0, last].into();
        let id = Id::random();
        world.draw(&before, |s, _| node::register(s, &registration(&id, name, vtep))).unwrap().1
    };
    let (first, same_name, same_address) = (draw("x", 5), draw("x", 6), draw("y", 5));
    world.commit(first).unwrap();
    assert_eq!(world.commit(same_name), Err(Conflict));
    assert_eq!(world.commit(same_address), Err(Conflict));
}

#[test]
fn a_copied_id_is_refused_while_the_other_lives_and_is_no_other_node_afterwards() {
    let mut world = World::default();
    let node = world.node(1);
    let there = node::Registration {
        machine: "there",
        ..registration(&node.id, "node9", Ipv4Addr::new(198, 18, 0, 9))
    };
    let before = world.state();
    world.alive(&node, 1);
    let refusal = world.decide(|s, _| node::register(s, &there));
    refused(refusal, Kind::Conflict, &["'node1'", "another machine", "node-id"]);
    register(&mut world, &node.id, "node1", 1).expect("a restart in the same place");
    let (_, both_at_once) = world.draw(&before, |s, _| node::register(s, &there)).unwrap();
    assert_eq!(world.commit(both_at_once), Err(Conflict));
    world.silent(&node);
    world.decide(|s, _| node::register(s, &there)).unwrap();
    let late = world.decide(|s, _| alive(s, &node.id, "here", &SignOfLife::default(), 1));
    refused(late, Kind::Conflict, &["'node9'", "another machine"]);
    world.decide(|s, _| alive(s, &node.id, "there", &SignOfLife::default(), 1)).unwrap();
}

#[test]
fn a_node_is_removed_when_it_is_down_and_empty() {
    let mut world = World::default();
    let node = world.node(1);
    world.alive(&node, 5);
    assert_eq!(world.state().live, [(node.id.clone(), SignOfLife { applied: 5, mesh: 5 })].into());
    refused(world.remove_node("node1", false), Kind::Conflict, &["'node1' is alive"]);
    refused(world.remove_node("node1", true), Kind::Conflict, &["'node1' is alive"]);
    world.silent(&node);
    world.container("c", &node, &[]);
    refused(world.remove_node("node1", false), Kind::Conflict, &["'node1'", "containers (1)", "--force"]);
    world.decide(|s, _| container::remove(s, "c")).unwrap();
    let before = world.state();
    assert_eq!(world.remove_node("node1", false), Ok(1));
    assert_eq!(world.keys(), [""; 0]);
    let late = world.draw(&before, |s, _| alive(s, &node.id, "here", &SignOfLife::default(), 1)).unwrap().1;
    assert_eq!(world.commit(late), Err(Conflict), "it must register again");
    refused(
        world.decide(|s, _| alive(s, &node.id, "here", &SignOfLife::default(), 1)),
        Kind::Conflict,
        &["restart causewayd"],
    );
}

/// Two nodes with containers, services and networks of all sorts.
fn full() -> (World, Node, Node) {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    world.network("web", &["10.5.0.0/24"]);
    world.service("shop", "web");
    world.bridge("own", &two, &["172.20.0.0/16"]);
    world.backend("kept", &one, &["web"], &["shop"]);
    for name in ["a", "b"] {
        world.backend(name, &two, &["web", "own"], &["shop"]);
        world.decide(|s, _| container::start(s, name, 7, 1)).unwrap();
    }
    (world, one, two)
}

/// What it takes to have this address in `web`.
fn with_ip(world: &World, node: &Node, last: u8) -> Result<(), Refusal> {
    let mut attach = attach_to("web");
    attach.ip = Some(Ipv4Addr::new(10, 5, 0, last));
    let request =
        ContainerCreate { networks: vec![attach], mode: Mode::Attached, ..container_request("new", &[]) };
    let made = world.clone().decide(|s, g| container::create(s, &request, &node.id, &super::ALL_FREE, g));
    made.map(drop)
}

#[test]
fn the_addresses_of_a_silent_node_are_kept_until_it_is_removed_by_force() {
    let (mut world, one, two) = full();
    let held = world.state().endpoints.keys().map(|(_, addr)| addr.octets()[3]).max().unwrap();
    refused(with_ip(&world, &one, held), Kind::Conflict, &["10.5.0"]);
    assert_eq!(world.remove_node("node2", true), Ok(4), "two containers, a network, the node");
    with_ip(&world, &one, held).unwrap();
    let state = world.state();
    assert_eq!((state.containers.len(), state.backends.len()), (1, 1), "the others' stay");
    assert!(!world.keys().iter().any(|key| key.contains(two.id.as_str())), "{:?}", world.keys());
}

#[test]
fn a_node_that_returns_while_it_is_removed_keeps_what_is_left() {
    let (mut world, _, two) = full();
    world.decide(|s, _| node::remove(s, "node2", true)).unwrap();
    let before = world.state();
    let (_, next) = world.draw(&before, |s, _| node::remove(s, "node2", true)).unwrap();
    world.alive(&two, 1);
    assert_eq!(world.commit(next), Err(Conflict));
    refused(world.remove_node("node2", true), Kind::Conflict, &["'node2' is alive"]);
    assert_eq!(world.state().containers.values().filter(|c| c.node == two.id).count(), 1);
}
