//! Zones are built again only where their records have changed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;
use crate::{
    dns::world,
    model::{BackendState, Endpoint},
};

fn cluster() -> State {
    let mut state = world::cluster();
    for n in 1..=2 {
        world::network(&mut state, n, &format!("net{n}"), |_| {});
        world::container(&mut state, 10 + n, &format!("web{n}"), &world::own(), &[(n, &[])]);
        world::container(&mut state, 20 + n, &format!("db{n}"), &world::other(), &[(n, &[])]);
        let service = world::service(&mut state, n, &format!("shop{n}"), n, None);
        world::backend(&mut state, &service, &world::id(2, 20 + n), BackendState::Active);
    }
    state
}

fn is_kept(before: &Names, after: &Names, network: u8) -> bool {
    let id = world::id(1, network);
    Arc::ptr_eq(&before.zones[&id], &after.zones[&id])
}

#[test]
fn a_change_in_one_network_leaves_the_others_zones() {
    type Change = fn(&mut State);
    let changes: &[Change] = &[
        |s| drop(world::container(s, 30, "new", &world::other(), &[(1, &[])])),
        |s| s.endpoints.retain(|e| e.container_name != "db1"),
        |s| {
            let (place, endpoint) =
                s.endpoints.first_key_value().map(|(p, e)| (p.clone(), e.clone())).unwrap();
            s.endpoints.insert(place, Endpoint { hostname: Some("x".into()), ..endpoint });
        },
        |s| drop(s.services.remove(&world::id(4, 1))),
        |s| s.backends.values_mut().next().unwrap().state = BackendState::Draining,
        |s| s.networks.get_mut(&world::id(1, 1)).unwrap().name = "other".into(),
    ];
    let (state, nobody) = (cluster(), Names::default());
    let before = Names::build(&state, &world::own(), &BTreeSet::new(), &nobody);
    for (row, change) in changes.iter().enumerate() {
        let mut state = state.clone();
        change(&mut state);
        let after = Names::build(&state, &world::own(), &BTreeSet::new(), &before);
        assert!(!is_kept(&before, &after, 1), "change {row} was not seen");
        assert!(is_kept(&before, &after, 2), "change {row} is none of net2's");
    }
}

#[test]
fn networks_without_containers_of_this_node_have_no_zones() {
    let mut state = cluster();
    world::network(&mut state, 3, "far", |_| {});
    world::container(&mut state, 40, "away", &world::other(), &[(3, &[])]);
    let names = Names::build(&state, &world::own(), &BTreeSet::new(), &Names::default());
    assert!(!names.zones.contains_key(&world::id(1, 3)));
    assert_eq!(names.zones.len(), 2);
}

proptest! {
    /// Whatever was built before, the names are those of the state.
    #[test]
    fn what_was_before_changes_nothing(steps in prop::collection::vec((1..60u8, 1..=2u8, any::<bool>()), 1..12)) {
        let (mut state, mut kept) = (cluster(), Names::default());
        for (n, network, comes) in steps {
            if comes {
                world::container(&mut state, n, &format!("c{n}"), &world::other(), &[(network, &["alias"])]);
            } else {
                state.endpoints.retain(|e| e.container != world::id(2, n));
            }
            kept = Names::build(&state, &world::own(), &BTreeSet::new(), &kept);
            let fresh = Names::build(&state, &world::own(), &BTreeSet::new(), &Names::default());
            prop_assert_eq!(format!("{:?}", sorted(&kept)), format!("{:?}", sorted(&fresh)));
        }
    }
}

/// What every name of every zone leads to, in one order.
fn sorted(names: &Names) -> Vec<(Vec<u8>, Vec<String>)> {
    let mut zones: Vec<_> = names.zones.values().map(|zone| (zone.network.clone(), zone.listed())).collect();
    zones.sort();
    zones
}
