use super::{
    ALL_FREE, Conflict, Given, Kind, State, World, container, container_request, network, network_request,
    nobody, refused,
};
use crate::{
    desired::Refusal,
    model::{Driver, Network},
    store::Txn,
};

fn creates<'r>(
    name: &'r str,
    subnets: &'r [&'r str],
) -> impl FnOnce(&State, &mut Given<'_>) -> Result<(Network, Txn), Refusal> + 'r {
    move |s, g| network::create(s, &network_request(name, subnets), &nobody(), &[], g)
}

#[test]
fn networks_get_subnets_and_vnis_of_their_own() {
    let mut world = World::default();
    let (a, b) = (world.network("a", &[]), world.network("b", &["10.7.0.0/16", "10.8.0.0/16"]));
    let shown = |n: &Network| n.subnets.iter().map(|s| format!("{} {}", s.cidr, s.vni)).collect::<Vec<_>>();
    assert_eq!(shown(&a), ["10.0.1.0/24 4097"]);
    assert_eq!(shown(&b), ["10.7.0.0/16 4098", "10.8.0.0/16 4099"]);
    assert_eq!((a.created, world.state().network("a", &nobody()).unwrap()), (1000, &a));
}

#[test]
fn a_removed_networks_vni_rests() {
    let mut world = World::default();
    world.network("a", &[]);
    world.decide(|s, _| network::remove(s, "a", &nobody())).unwrap();
    assert_eq!(world.keys(), ["cluster/pool"], "nothing else is left");
    assert_eq!(world.network("a", &[]).subnets[0].vni, 4098);
}

#[test]
fn bad_networks_are_refused() {
    let mut world = World::default();
    world.network("web", &["10.5.0.0/16"]);
    let with = |change: fn(&mut crate::api::types::NetworkCreate)| {
        let mut request = network_request("new", &[]);
        change(&mut request);
        world.clone().decide(|s, g| network::create(s, &request, &nobody(), &[], g))
    };
    refused(with(|r| r.name = "web".into()), Kind::Conflict, &["network 'web' exists"]);
    refused(with(|r| r.name = "a b".into()), Kind::Invalid, &["'a b' is not a name"]);
    for reserved in ["bridge", "host", "none", "default"] {
        let mut request = network_request(reserved, &[]);
        request.driver = Driver::Bridge;
        let refusal = world.clone().decide(|s, g| network::create(s, &request, &nobody(), &[], g));
        refused(refusal, Kind::Invalid, &[reserved, "always there"]);
    }
    refused(with(|r| r.driver = Driver::Bridge), Kind::Conflict, &["restart causewayd"]);
    refused(
        with(|r| r.subnets = vec!["10.5.9.0/24".parse().unwrap()]),
        Kind::Conflict,
        &["10.5.9.0/24", "overlaps", "'web'"],
    );
    let option = |key: &str, value: &str| {
        let mut request = network_request("new", &[]);
        request.options.insert(key.to_owned(), value.to_owned());
        world.clone().decide(|s, g| network::create(s, &request, &nobody(), &[], g))
    };
    refused(option("encrypted", ""), Kind::Invalid, &["'encrypted'", "not supported yet"]);
    refused(option(crate::ipam::MTU, "20"), Kind::Invalid, &["mtu=20"]);
    refused(option(crate::ipam::VXLAN_IDS, "4097"), Kind::Conflict, &["4097", "in use"]);
    assert_eq!(option(crate::ipam::VXLAN_IDS, "9000").unwrap().subnets[0].vni, 9000);
    assert_eq!(option(crate::ipam::MTU, "1400").unwrap().mtu(1500), 1350);
    assert_eq!(option(crate::ipam::MTU, "9000").unwrap().mtu(1500), 1450, "the uplink carries no more");
}

#[test]
fn of_two_networks_created_at_once_one_decides_again() {
    let mut world = World::default();
    let before = world.state();
    let (a, first) = world.draw(&before, creates("a", &[])).unwrap();
    let (b, second) = world.draw(&before, creates("b", &[])).unwrap();
    assert_eq!(a.subnets, b.subnets, "the same was chosen");
    world.commit(first).unwrap();
    assert_eq!(world.commit(second), Err(Conflict));
    let b = world.decide(creates("b", &[])).unwrap();
    assert_eq!((b.subnets[0].cidr.to_string(), b.subnets[0].vni), ("10.0.2.0/24".to_owned(), 4098));
}

/// Nothing but their subnets is in each other's way: names and VNIs differ.
#[test]
fn of_two_overlapping_networks_created_at_once_one_is_refused() {
    let mut world = World::default();
    for used_before in [false, true] {
        let (a, b) = (format!("a{used_before}"), format!("b{used_before}"));
        let (wide, narrow) =
            if used_before { ("10.6.0.0/16", "10.6.9.0/24") } else { ("10.5.0.0/16", "10.5.9.0/24") };
        let pinned = |name: &str, subnet, vni: u32| {
            let mut request = network_request(name, &[subnet]);
            request
                .options
                .insert(crate::ipam::VXLAN_IDS.to_owned(), (vni + u32::from(used_before)).to_string());
            request
        };
        let (first, second) = (pinned(&a, wide, 5000), pinned(&b, narrow, 6000));
        let before = world.state();
        let (_, first) = world.draw(&before, |s, g| network::create(s, &first, &nobody(), &[], g)).unwrap();
        let (_, late) = world.draw(&before, |s, g| network::create(s, &second, &nobody(), &[], g)).unwrap();
        world.commit(first).unwrap();
        assert_eq!(world.commit(late), Err(Conflict));
        let again = world.decide(|s, g| network::create(s, &second, &nobody(), &[], g));
        refused(again, Kind::Conflict, &[narrow, "overlaps", wide]);
    }
}

#[test]
fn a_network_in_use_stays() {
    let mut world = World::default();
    let node = world.node(1);
    world.network("web", &[]);
    for name in ["a", "b", "c", "d", "e"] {
        world.container(name, &node, &["web"]);
    }
    let result = world.decide(|s, _| network::remove(s, "web", &nobody()));
    refused(result, Kind::Conflict, &["'web'", "'a', 'b', 'c' and 2 more"]);
    refused(
        world.decide(|s, _| network::remove(s, "nope", &nobody())),
        Kind::NotFound,
        &["network 'nope'", "network ls"],
    );
}

#[test]
fn a_network_and_an_endpoint_in_it_exclude_each_other() {
    let mut world = World::default();
    let node = world.node(1);
    world.network("web", &[]);
    let before = world.state();
    let (_, removal) = world.draw(&before, |s, _| network::remove(s, "web", &nobody())).unwrap();
    let request = container_request("c", &["web"]);
    let (_, creation) =
        world.draw(&before, |s, g| container::create(s, &request, &node.id, &ALL_FREE, g)).unwrap();
    let mut other = world.clone();
    world.commit(creation.clone()).unwrap();
    assert_eq!(world.commit(removal.clone()), Err(Conflict), "the endpoint came first");
    other.commit(removal).unwrap();
    assert_eq!(other.commit(creation), Err(Conflict), "the removal came first");
}

#[test]
fn an_endpoint_with_a_fixed_address_stops_the_removal_too() {
    let mut world = World::default();
    let node = world.node(1);
    world.network("web", &[]);
    let before = world.state();
    let (_, removal) = world.draw(&before, |s, _| network::remove(s, "web", &nobody())).unwrap();
    let mut request = container_request("c", &["web"]);
    request.networks[0].ip = Some("10.0.1.77".parse().unwrap());
    world.decide(|s, g| container::create(s, &request, &node.id, &ALL_FREE, g)).unwrap();
    assert_eq!(world.commit(removal), Err(Conflict));
}
