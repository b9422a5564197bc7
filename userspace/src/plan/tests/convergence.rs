//! Nodes that see one history in pieces of their own end with tables that agree.

use std::collections::BTreeMap;

use causeway_common::{EndpointKeyV4, Mac, node::LOCAL};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{Host, Tables, apply, diff, host, tables};
use crate::{
    desired::{State, container, network, world::*},
    model::Node,
    store::Change,
};

const NODES: u8 = 3;

/// Something that a user does.
#[derive(Clone, Debug)]
enum Deed {
    CreateNetwork,
    RemoveNetwork(Index),
    /// On a node, in up to two networks.
    Run(u8, Index, Index),
    Exit(Index),
    Remove(Index),
}

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        1 => Just(Deed::CreateNetwork),
        1 => any::<Index>().prop_map(Deed::RemoveNetwork),
        6 => (0..NODES, any::<Index>(), any::<Index>()).prop_map(|(node, a, b)| Deed::Run(node, a, b)),
        2 => any::<Index>().prop_map(Deed::Exit),
        2 => any::<Index>().prop_map(Deed::Remove),
    ]
}

/// Does it, if it can be done.
fn act(world: &mut World, nodes: &[Node], count: usize, deed: &Deed) {
    let state = world.state();
    let networks: Vec<_> = state.networks.values().map(|n| n.name.clone()).collect();
    let containers: Vec<_> = state.containers.values().map(|c| c.name.clone()).collect();
    let pick = |names: &[String], index: &Index| {
        if names.is_empty() { String::new() } else { names[index.index(names.len())].clone() }
    };
    let name = format!("thing{count}");
    let _ = match deed {
        Deed::CreateNetwork => {
            // A small one and a second subnet: addresses are reused, VNIs come in pairs.
            let subnets = [format!("10.{count}.0.0/29"), format!("11.{count}.0.0/29")];
            let subnets = [subnets[0].as_str(), subnets[1].as_str()];
            world
                .decide(|s, g| network::create(s, &network_request(&name, &subnets), &nobody(), &[], g))
                .map(drop)
        }
        Deed::RemoveNetwork(index) => {
            world.decide(|s, _| network::remove(s, &pick(&networks, index), &nobody())).map(drop)
        }
        Deed::Run(node, a, b) => {
            let request = container_request(&name, &[&pick(&networks, a), &pick(&networks, b)]);
            world
                .decide(|s, g| container::create(s, &request, &nodes[usize::from(*node)].id, &ALL_FREE, g))
                .map(drop)
        }
        Deed::Exit(index) => {
            world.decide(|s, _| container::exit(s, &pick(&containers, index), 0, 0)).map(drop)
        }
        Deed::Remove(index) => world.decide(|s, _| container::remove(s, &pick(&containers, index))).map(drop),
    };
}

/// A node that sees the history in pieces: it plans and applies after each, starting anew (as from a
/// snapshot) where a piece is empty.
fn follow(node: &Node, changes: &[Change], pieces: &[usize], world: &World) -> (State, Tables) {
    let (mut state, mut now, mut rest) = (State::default(), Tables::default(), changes);
    for piece in pieces {
        let (seen, behind) = rest.split_at((*piece).min(rest.len()));
        seen.iter().for_each(|change| state.apply(change));
        rest = behind;
        settle(&state, &host(node, &state), &mut now);
    }
    if pieces.len().is_multiple_of(2) {
        state = world.state();
    } else {
        rest.iter().for_each(|change| state.apply(change));
    }
    settle(&state, &host(node, &state), &mut now);
    (state, now)
}

fn settle(state: &State, host: &Host, now: &mut Tables) {
    let desired = tables(state, host, now);
    let steps = diff(&desired, now);
    apply(now, &steps);
    assert_eq!(*now, desired);
}

/// An endpoint table in words that mean the same on every node: MAC, own VNI, VTEP.
fn said(node: &Node, tables: &Tables) -> BTreeMap<EndpointKeyV4, (Mac, u32, [u8; 4])> {
    let vtep = |index| if index == LOCAL { node.vtep.octets() } else { tables.nodes[&index].vtep };
    tables.endpoints_v4.iter().map(|(key, e)| (*key, (e.mac, e.vni, vtep(e.node)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nodes_agree_however_they_saw_it(
        deeds in vec(any_deed(), 1..40),
        pieces in vec(vec(0..6_usize, 0..12), usize::from(NODES)),
    ) {
        let mut world = World::default();
        let nodes: Vec<_> = (1..=NODES).map(|n| world.node(n)).collect();
        act(&mut world, &nodes, 0, &Deed::CreateNetwork);
        for (count, deed) in deeds.iter().enumerate() {
            act(&mut world, &nodes, count + 1, deed);
        }
        let state = world.state();
        let mut everywhere = BTreeMap::new();
        for (node, pieces) in nodes.iter().zip(&pieces) {
            let (_, now) = follow(node, &world.changes, pieces, &world);
            // The same as for a node that plans for the first time, but for the order of indices.
            let fresh = tables(&state, &host(node, &state), &Tables::default());
            prop_assert_eq!(said(node, &now), said(node, &fresh));
            prop_assert_eq!(&now.vnis, &fresh.vnis);
            prop_assert_eq!(&now.attachments, &fresh.attachments);
            for (key, value) in said(node, &now) {
                let other = everywhere.insert(key, value);
                prop_assert!(other.is_none_or(|other| other == value), "{:?}: nodes disagree", key);
            }
        }
        // Together they know each endpoint, under each VNI of its network.
        let expected: usize = state.endpoints.values().map(|e| state.networks[&e.network].subnets.len()).sum();
        prop_assert_eq!(everywhere.len(), expected);
    }
}
