//! Nodes that see one history in pieces of their own end with tables that agree.

use std::collections::{BTreeMap, BTreeSet};

use causeway_common::{EndpointKeyV4, Mac, Service, node::LOCAL, vni::HOST_VNI};
use proptest::{collection::vec, prelude::*};

use super::{
    Host, Tables,
    deeds::{NODES, any_deed},
    host, on_the_road,
    settle::settle,
    tables, with_namespaces,
};
use crate::{
    desired::{State, world::*},
    ipam::{LOCAL_VNIS, OVERLAY_VNIS},
    model::{BackendState, Node},
    plan::Planner,
    store::{Change, Snapshot, schema::Part},
};

/// A node that sees the history in pieces: it plans and applies after each, starting anew (as from a
/// snapshot) where a piece is empty.
fn follow(node: &Node, changes: &[Change], pieces: &[usize], world: &World) -> (State, Tables) {
    let (mut state, mut now, mut rest) = (State::default(), Tables::default(), changes);
    let mut planner = Planner::default();
    for piece in pieces {
        let (seen, behind) = rest.split_at((*piece).min(rest.len()));
        seen.iter().for_each(|change| state.apply(change));
        rest = behind;
        settle(&mut planner, &state, &own(node, &state), &mut now);
    }
    if pieces.len().is_multiple_of(2) {
        state = world.state();
    } else {
        rest.iter().for_each(|change| state.apply(change));
    }
    settle(&mut planner, &state, &own(node, &state), &mut now);
    (state, now)
}

/// The copy of a node that follows only what concerns it.
fn followed(node: &Node, world: &World) -> State {
    let snapshot = world.snapshot();
    let mut state = State::default();
    let take = |state: &mut State, part: Part| {
        let entries = snapshot.entries.iter().filter(|entry| entry.key.starts_with(&part.prefix()));
        let entries = entries.cloned().collect();
        state.replace(&part, &Snapshot { revision: snapshot.revision, entries });
    };
    [Part::Node(node.id.clone()), Part::Mesh, Part::Cluster]
        .into_iter()
        .for_each(|part| take(&mut state, part));
    for network in state.networks_of_node(&node.id) {
        take(&mut state, Part::Network(network));
    }
    state
}

pub(super) fn own(node: &Node, state: &State) -> Host {
    on_the_road(with_namespaces(host(node, state), state))
}

pub(super) type Said = BTreeMap<EndpointKeyV4, (Mac, u32, [u8; 4])>;

/// An endpoint table in words that mean the same on every node: MAC, own VNI, VTEP.
pub(super) fn said(node: &Node, tables: &Tables) -> Said {
    let vtep = |index| if index == LOCAL { node.vtep.octets() } else { tables.nodes[&index].vtep };
    tables.endpoints_v4.iter().map(|(key, e)| (*key, (e.mac, e.vni, vtep(e.node)))).collect()
}

pub(super) type Rings = BTreeMap<[u8; 4], (u32, u16, Vec<[u8; 4]>)>;

/// Services in words that mean the same on every node: network, flags, and the ring as addresses.
pub(super) fn rings(tables: &Tables) -> Rings {
    let addr = |index: &u16| tables.backends[&u32::from(*index)].addr;
    let ring = |first: &u32| tables.rings.get(first).map_or_else(Vec::new, |r| r.iter().map(addr).collect());
    let said = |s: &Service| (s.network, s.flags, if s.slots == 0 { Vec::new() } else { ring(&s.ring) });
    tables.services_v4.iter().map(|(vip, s)| (*vip, said(s))).collect()
}

/// What a node says of services: of its own networks' and those of networks that it has endpoints in, and who
/// is live, of all and of its own.
fn check_services(node: &Node, state: &State, now: &Tables) {
    let own: BTreeSet<_> =
        state.endpoints.values().filter(|e| e.node == node.id).map(|e| &e.network).collect();
    let seen = |s: &&crate::model::Service| {
        let network = s.network.as_ref().and_then(|id| state.networks.get(id));
        let known =
            |n: &crate::model::Network| n.node.as_ref().map_or(own.contains(&n.id), |home| *home == node.id);
        s.vip.is_some() && (network.is_some_and(known) || s.ingress().next().is_some())
    };
    let seen: Vec<_> = state.services.values().filter(seen).collect();
    assert_eq!(now.services_v4.len(), seen.len());
    for service in seen {
        let live = |b: &&crate::model::Backend| {
            b.state == BackendState::Active && !service.draining.contains(&b.container)
        };
        let live = || state.backends_of_service(&service.id).filter(live);
        let entry = now.services_v4[&service.vip.unwrap().octets()];
        let named = |first: u32, slots: u32| -> BTreeSet<[u8; 4]> {
            let ring = if slots == 0 { &[][..] } else { &now.rings[&first][..] };
            ring.iter().map(|index| now.backends[&u32::from(*index)].addr).collect()
        };
        assert_eq!(named(entry.ring, entry.slots), live().map(|b| b.addr.octets()).collect());
        let own = live().filter(|b| b.node == node.id).map(|b| b.addr.octets()).collect();
        assert_eq!(named(entry.local_ring, entry.local_slots), own);
    }
}

/// What a node says of itself alone: its own networks, the host's view, published ports.
fn check_own(node: &Node, state: &State, now: &Tables) {
    let own = || state.endpoints.values().filter(|e| e.node == node.id);
    let network = |e: &&crate::model::Endpoint| &state.networks[&e.network];
    let entered = |vnis: std::ops::RangeInclusive<u32>| {
        now.endpoints_v4
            .iter()
            .filter(move |(key, _)| vnis.contains(&key.vni))
            .inspect(|(_, e)| assert_eq!(e.node, LOCAL))
    };
    let local: usize = own().map(|e| network(&e)).filter(|n| n.node.is_some()).map(|n| n.subnets.len()).sum();
    assert_eq!(entered(LOCAL_VNIS).count(), local);
    let seen: Vec<_> = entered(HOST_VNI..=HOST_VNI).map(|(key, e)| (key.addr, e.mac)).collect();
    let mut expected: Vec<_> = own().map(|e| (e.addr.octets(), e.mac.0)).collect();
    expected.sort_unstable();
    assert_eq!(seen, expected, "the host sees each of its containers once, by an address of its own");
    assert!(now.vnis.keys().all(|vni| OVERLAY_VNIS.contains(vni)));
    assert_eq!(now.members.len(), own().count(), "a member for each container and network");
    assert_eq!(now.namespaces.len(), state.containers.values().filter(|c| c.node == node.id).count());
    check_services(node, state, now);
    let reachable = state.containers.values().filter(|c| c.node == node.id && state.way_out(&c.id).is_some());
    let ports: usize = reachable.flat_map(|c| &c.published).map(|range| usize::from(range.count)).sum();
    assert_eq!(now.published_v4.len(), ports, "no port leads to two containers");
    for to in now.published_v4.values() {
        let key = EndpointKeyV4 { vni: to.vni, addr: to.addr };
        assert_eq!(now.endpoints_v4[&key].node, LOCAL);
        assert!(to.sources == 0 || now.sources_v4.iter().any(|s| s.list == to.sources));
    }
}

/// What does not depend on which index is whose.
fn without_indices(tables: Tables) -> Tables {
    Tables {
        endpoints_v4: BTreeMap::new(),
        nodes: BTreeMap::new(),
        vteps_v4: BTreeMap::new(),
        services_v4: BTreeMap::new(),
        backends: BTreeMap::new(),
        rings: BTreeMap::new(),
        ..tables
    }
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
        world.network("first", &["10.200.0.0/29", "11.200.0.0/29"]);
        for (count, deed) in deeds.iter().enumerate() {
            deed.act(&mut world, &nodes, count);
        }
        let state = world.state();
        let (mut everywhere, mut led) = (BTreeMap::new(), BTreeMap::new());
        for (node, pieces) in nodes.iter().zip(&pieces) {
            let (_, now) = follow(node, &world.changes, pieces, &world);
            // The same as for a node that plans for the first time, but for the order of indices.
            let fresh = tables(&state, &own(node, &state), &Tables::default());
            prop_assert_eq!(said(node, &now), said(node, &fresh));
            prop_assert_eq!(
                without_indices(now.clone()),
                without_indices(fresh.clone())
            );
            prop_assert_eq!(rings(&now), rings(&fresh));
            let known = followed(node, &world);
            prop_assert_eq!(&tables(&known, &own(node, &state), &Tables::default()), &fresh, "what it does not follow");
            for (vip, said) in rings(&now) {
                let other = led.insert(vip, said.clone());
                prop_assert!(other.is_none_or(|other| other == said), "{:?}: nodes lead differently", vip);
            }
            check_own(node, &state, &now);
            for (key, value) in said(node, &now).into_iter().filter(|(key, _)| OVERLAY_VNIS.contains(&key.vni)) {
                let other = everywhere.insert(key, value);
                prop_assert!(other.is_none_or(|other| other == value), "{:?}: nodes disagree", key);
            }
        }
        // Together they know each endpoint of the cluster's networks, under each VNI of its network.
        let wide = state.endpoints.values().map(|e| &state.networks[&e.network]).filter(|n| n.node.is_none());
        prop_assert_eq!(everywhere.len(), wide.map(|n| n.subnets.len()).sum::<usize>());
    }
}
