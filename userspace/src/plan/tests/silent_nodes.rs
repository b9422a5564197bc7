//! Nodes that give no signs of life, and nodes that are drained.

use causeway_common::service::{ACTIVE, DRAINING};

use super::{Tables, host, on_the_road, settle::settle, with_namespaces};
use crate::{
    desired::{State, container, world::*},
    model::{Availability, Node, SignOfLife},
    plan::{Host, Planner},
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
    world.container("here", &nodes[0], &["net"]);
    (world.state(), nodes)
}

/// What node 1's tables hold, where these nodes count as silent.
fn tables(state: &State, nodes: &[Node], silent: &[&Node]) -> Tables {
    let mut now = Tables::default();
    let host = Host {
        silent_nodes: silent.iter().map(|n| n.id.clone()).collect(),
        ..on_the_road(with_namespaces(host(&nodes[0], state), state))
    };
    settle(&mut Planner::default(), state, &host, &mut now);
    now
}

/// What node 1 has of the backends: the flags of each, and who is in the ring, by the last byte of the
/// address.
fn seen(state: &State, nodes: &[Node]) -> (Vec<(u8, u16)>, Vec<u8>) {
    backends(&tables(state, nodes, &[]))
}

fn backends(now: &Tables) -> (Vec<(u8, u16)>, Vec<u8>) {
    let flags = now.backends.values().map(|b| (b.addr[3], b.flags)).collect();
    let service = now.services_v4.values().next().unwrap();
    let slots = now.rings.get(&service.ring).filter(|_| service.slots > 0);
    let slots = slots.into_iter().flat_map(|ring| ring.iter());
    let mut ring: Vec<_> = slots.map(|i| now.backends[&u32::from(*i)].addr[3]).collect();
    ring.sort_unstable();
    ring.dedup();
    (flags, ring)
}

#[test]
fn a_silent_nodes_backend_keeps_its_conversations_and_gets_no_new_ones() {
    let (mut state, nodes) = world();
    state.live = nodes.iter().map(|n| (n.id.clone(), SignOfLife::default())).collect();
    assert_eq!(seen(&state, &nodes), (vec![(2, ACTIVE), (3, ACTIVE)], vec![2, 3]));
    state.live.remove(&nodes[1].id);
    assert_eq!(seen(&state, &nodes), (vec![(2, DRAINING), (3, ACTIVE)], vec![3]));
}

#[test]
fn where_no_other_is_left_silent_nodes_are_taken_at_the_stores_word() {
    let (mut state, nodes) = world();
    assert_eq!(seen(&state, &nodes).1, [2, 3]);
    state.live.insert(nodes[0].id.clone(), SignOfLife::default());
    assert_eq!(seen(&state, &nodes).1, [2, 3]);
}

/// Containers of node 1 on the network, and of the silent node on another one too.
fn crowded() -> (State, Vec<Node>) {
    let mut world = World::default();
    let nodes: Vec<Node> = (1..=3).map(|n| world.node(n)).collect();
    world.network("net", &["10.5.0.0/24"]);
    world.network("own", &["10.6.0.0/24"]);
    world.service("web", "net");
    world.container("here", &nodes[0], &["net", "own"]);
    for (name, node) in ["a", "b"].into_iter().zip(&nodes[1..]) {
        world.backend(name, node, &["net"], &["web"]);
        world.decide(|s, _| container::start(s, name, 7, 1)).unwrap();
    }
    world.container("far", &nodes[1], &["own"]);
    nodes.iter().for_each(|node| world.alive(node, 1));
    (world.state(), nodes)
}

/// Whether anything in the tables is of a node or leads to it.
fn is_there(state: &State, now: &Tables, node: &Node) -> bool {
    let index = now.vteps_v4.get(&node.vtep.octets());
    let addresses: Vec<_> =
        state.endpoints.values().filter(|e| e.node == node.id).map(|e| e.addr.octets()).collect();
    index.is_some()
        || now.endpoints_v4.keys().any(|key| addresses.contains(&key.addr))
        || now.backends.values().any(|b| addresses.contains(&b.addr))
}

#[test]
fn a_node_that_counts_as_silent_leaves_every_table_and_comes_back_whole() {
    let (mut state, nodes) = crowded();
    let before = tables(&state, &nodes, &[]);
    assert!(is_there(&state, &before, &nodes[1]) && is_there(&state, &before, &nodes[2]));
    let sign = state.live.remove(&nodes[1].id).unwrap();
    assert!(
        is_there(&state, &tables(&state, &nodes, &[]), &nodes[1]),
        "a missing sign of life is not enough"
    );
    let without = tables(&state, &nodes, &[&nodes[1]]);
    assert!(!is_there(&state, &without, &nodes[1]) && is_there(&state, &without, &nodes[2]));
    assert_eq!(backends(&without), (vec![(4, ACTIVE)], vec![4]));
    assert_eq!(without.nodes.len(), 1);
    // The sign of life counts before this node has taken it off the list.
    state.live.insert(nodes[1].id.clone(), sign);
    assert_eq!(tables(&state, &nodes, &[&nodes[1]]), before);
}

#[test]
fn what_a_node_has_itself_never_leaves_its_tables() {
    let (mut state, nodes) = crowded();
    let before = tables(&state, &nodes, &[]);
    state.live.remove(&nodes[0].id);
    assert_eq!(tables(&state, &nodes, &[&nodes[0]]), before);
}

#[test]
fn a_drained_nodes_backends_keep_their_conversations_and_get_no_new_ones() {
    let (state, nodes) = crowded();
    let mut state = state;
    let drain = |state: &mut State, node: &Node, to| state.nodes.get_mut(&node.id).unwrap().availability = to;
    drain(&mut state, &nodes[1], Availability::Drain);
    assert_eq!(seen(&state, &nodes), (vec![(3, DRAINING), (4, ACTIVE)], vec![4]));
    // It was said so: also where nobody else is left.
    drain(&mut state, &nodes[2], Availability::Drain);
    assert_eq!(seen(&state, &nodes), (vec![(3, DRAINING), (4, DRAINING)], vec![]));
    state.live.clear();
    assert_eq!(seen(&state, &nodes).1, Vec::<u8>::new());
    drain(&mut state, &nodes[1], Availability::Active);
    assert_eq!(seen(&state, &nodes).1, [3]);
}

#[test]
fn of_the_nodes_that_are_left_a_drained_one_is_not_counted() {
    let (mut state, nodes) = crowded();
    state.nodes.get_mut(&nodes[1].id).unwrap().availability = Availability::Drain;
    state.live.remove(&nodes[2].id);
    assert_eq!(seen(&state, &nodes).1, [4], "nobody else is left, so it is taken at the store's word");
}
