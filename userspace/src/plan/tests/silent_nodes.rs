//! Backends of nodes that give no signs of life.

use causeway_common::service::{ACTIVE, DRAINING};

use super::{Tables, host, on_the_road, settle::settle, with_namespaces};
use crate::{
    desired::{State, container, world::*},
    model::Node,
    plan::Planner,
};

/// A service with a backend on each of the nodes 2 and 3, as node 1 sees it.
fn world() -> (State, Vec<Node>) {
    let mut world = World::default();
    let nodes: Vec<Node> = (1..=3).map(|n| world.node(n)).collect();
    world.network("net", &["10.5.0.0/24"]);
    world.service("web", "net");
    for (name, node) in ["a", "b"].into_iter().zip(&nodes[1..]) {
        world.backend(name, node, &["net"], &["web"]);
        world.decide(|s, _| container::start(s, name, 7, 1)).unwrap();
    }
    (world.state(), nodes)
}

/// What node 1 has of the backends: the flags of each, and who is in the ring, by the last byte of the
/// address.
fn seen(state: &State, nodes: &[Node]) -> (Vec<(u8, u16)>, Vec<u8>) {
    let mut now = Tables::default();
    let host = on_the_road(with_namespaces(host(&nodes[0], state), state));
    settle(&mut Planner::default(), state, &host, &mut now);
    let flags = now.backends.values().map(|b| (b.addr[3], b.flags)).collect();
    let service = now.services_v4.values().next().unwrap();
    let mut ring: Vec<_> =
        now.rings[&service.ring].iter().map(|i| now.backends[&u32::from(*i)].addr[3]).collect();
    ring.sort_unstable();
    ring.dedup();
    (flags, ring)
}

#[test]
fn a_silent_nodes_backend_keeps_its_conversations_and_gets_no_new_ones() {
    let (mut state, nodes) = world();
    state.live = nodes.iter().map(|n| (n.id.clone(), 1)).collect();
    assert_eq!(seen(&state, &nodes), (vec![(2, ACTIVE), (3, ACTIVE)], vec![2, 3]));
    state.live.remove(&nodes[1].id);
    assert_eq!(seen(&state, &nodes), (vec![(2, DRAINING), (3, ACTIVE)], vec![3]));
}

#[test]
fn where_no_other_is_left_silent_nodes_are_taken_at_the_stores_word() {
    let (mut state, nodes) = world();
    assert_eq!(seen(&state, &nodes).1, [2, 3]);
    state.live.insert(nodes[0].id.clone(), 1);
    assert_eq!(seen(&state, &nodes).1, [2, 3]);
}
