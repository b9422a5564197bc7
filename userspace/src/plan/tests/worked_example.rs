//! One cluster, its tables written out.

use causeway_common::{EndpointKeyV4, VniInfo, limits::NODES, node::LOCAL};

use super::{Tables, diff, host, ifindex, tables};
use crate::{
    desired::{State, container, world::World},
    model::{Endpoint, Mac, Node},
};

/// Two nodes; `web` has two subnets and a container on each node, `db` one on the second node only.
fn cluster() -> (World, Node, Node) {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    world.network("web", &["10.5.0.0/31", "10.6.0.0/24"]);
    world.network("db", &["10.7.0.0/24"]);
    world.container("a", &one, &["web"]);
    world.container("b", &two, &["web", "db"]);
    (world, one, two)
}

/// The endpoint of the container `a`.
fn own(state: &State) -> &Endpoint {
    state.endpoints.values().find(|e| e.container_name == "a").unwrap()
}

fn key(vni: u32, addr: [u8; 4]) -> EndpointKeyV4 {
    EndpointKeyV4 { vni, addr }
}

#[test]
fn a_node_knows_its_networks_whole_and_no_others() {
    let (world, one, _) = cluster();
    let state = world.state();
    let tables = tables(&state, &host(&one, &state), &Tables::default());
    assert_eq!(tables.vnis.keys().copied().collect::<Vec<_>>(), [4097, 4098], "db is none of its business");
    assert!(tables.vnis.values().all(|v| *v == VniInfo { network: 4097, flags: 0 }));
    let (a, b) = ([10, 5, 0, 1], [10, 6, 0, 2]);
    let entered: Vec<_> = tables.endpoints_v4.keys().copied().collect();
    assert_eq!(entered, [key(4097, a), key(4097, b), key(4098, a), key(4098, b)]);
    for vni in [4097, 4098] {
        let (local, remote) = (tables.endpoints_v4[&key(vni, a)], tables.endpoints_v4[&key(vni, b)]);
        assert_eq!((local.node, local.ifindex, local.vni), (LOCAL, ifindex(own(&state)), 4097));
        assert_eq!((remote.node, remote.ifindex, remote.vni), (1, 0, 4098));
        assert_eq!(remote.mac, Mac::of(b.into()).0);
    }
}

#[test]
fn an_attachment_is_what_its_container_may_say() {
    let (world, one, _) = cluster();
    let state = world.state();
    let tables = tables(&state, &host(&one, &state), &Tables::default());
    let attachment = tables.attachments[&ifindex(own(&state))];
    assert_eq!(tables.attachments.len(), 1);
    assert_eq!((attachment.vni, attachment.addr, attachment.gateway), (4097, [10, 5, 0, 1], [10, 5, 0, 0]));
    assert_eq!(attachment.mac, [2, 0x42, 10, 5, 0, 1]);
    assert_eq!(attachment.gateway_mac, [2, 0x42, 10, 5, 0, 0]);
    assert_eq!(attachment.mtu, 1450);
}

#[test]
fn what_is_not_there_yet_is_left_out() {
    let (world, one, two) = cluster();
    let state = world.state();
    let mut unplugged = host(&one, &state);
    unplugged.interfaces.clear();
    let without_interface = tables(&state, &unplugged, &Tables::default());
    assert!(without_interface.attachments.is_empty());
    assert!(without_interface.endpoints_v4.values().all(|e| e.node != LOCAL));
    let mut alone = host(&one, &state);
    alone.next_hops.clear();
    let without_hop = tables(&state, &alone, &Tables::default());
    assert!(without_hop.nodes.is_empty() && without_hop.vteps_v4.is_empty());
    assert!(without_hop.endpoints_v4.values().all(|e| e.node == LOCAL));
    assert_eq!(tables(&state, &host(&two, &state), &Tables::default()).vnis.len(), 3, "db's node knows db");
}

#[test]
fn a_node_keeps_its_index() {
    let mut world = World::default();
    let nodes: Vec<_> = (1..=4).map(|n| world.node(n)).collect();
    let state = world.state();
    let mut own = host(&nodes[0], &state);
    own.next_hops.remove(&nodes[1].vtep);
    let before = tables(&state, &own, &Tables::default());
    assert_eq!((before.vteps_v4[&[198, 18, 0, 3]], before.vteps_v4[&[198, 18, 0, 4]]), (1, 2));
    // The second node becomes reachable: it sorts first and still comes last.
    let after = tables(&state, &host(&nodes[0], &state), &before);
    assert_eq!((after.vteps_v4[&[198, 18, 0, 3]], after.vteps_v4[&[198, 18, 0, 4]]), (1, 2));
    assert_eq!(after.vteps_v4[&[198, 18, 0, 2]], 3);
}

#[test]
fn an_index_given_up_rests_for_a_round() {
    let mut world = World::default();
    let nodes: Vec<_> = (1..=3).map(|n| world.node(n)).collect();
    let state = world.state();
    let with_only = |n: usize| {
        let mut own = host(&nodes[0], &state);
        own.next_hops.retain(|vtep, _| *vtep == nodes[n].vtep);
        own
    };
    let second = tables(&state, &with_only(1), &Tables::default());
    let third = tables(&state, &with_only(2), &second);
    assert_eq!(second.vteps_v4.into_values().collect::<Vec<_>>(), [1]);
    assert_eq!(third.vteps_v4.values().copied().collect::<Vec<_>>(), [2], "entries may still name 1");
    let back = tables(&state, &host(&nodes[0], &state), &third);
    assert_eq!(back.vteps_v4[&[198, 18, 0, 2]], 1, "now it is free");
}

#[test]
fn indices_out_of_the_table_or_held_twice_are_not_kept() {
    let mut world = World::default();
    let nodes: Vec<_> = (1..=3).map(|n| world.node(n)).collect();
    let state = world.state();
    for (a, b) in [(0, NODES), (7, 7)] {
        let observed =
            Tables { vteps_v4: [([198, 18, 0, 2], a), ([198, 18, 0, 3], b)].into(), ..Tables::default() };
        let tables = tables(&state, &host(&nodes[0], &state), &observed);
        let indices: std::collections::BTreeSet<_> = tables.vteps_v4.values().copied().collect();
        assert_eq!(indices.len(), 2);
        assert!(indices.iter().all(|i| (1..NODES).contains(i)), "{indices:?}");
        assert_eq!(tables.nodes.keys().copied().collect::<std::collections::BTreeSet<_>>(), indices);
    }
}

#[test]
fn a_second_plan_has_nothing_to_do() {
    let (mut world, one, _) = cluster();
    let mut observed = Tables::default();
    for name in ["", "b"] {
        if !name.is_empty() {
            world.decide(|s, _| container::remove(s, name)).unwrap();
        }
        let state = world.state();
        observed = tables(&state, &host(&one, &state), &observed);
        let again = tables(&state, &host(&one, &state), &observed);
        assert_eq!(diff(&again, &observed), []);
    }
}
