use std::collections::BTreeSet;

use super::{ALL_FREE, Conflict, Kind, World, attach_to, container, container_request, refused};
use crate::{
    api::types::{AttachTarget, ContainerAttach},
    model::{ContainerState, Mac},
};

fn attach_request(name: &str, networks: &[&str]) -> ContainerAttach {
    ContainerAttach {
        services: Vec::new(),
        name: name.to_owned(),
        target: AttachTarget::Netns("/run/netns/x".into()),
        networks: networks.iter().map(|n| attach_to(n)).collect(),
        labels: Default::default(),
    }
}

#[test]
fn a_container_gets_an_endpoint_in_each_network() {
    let mut world = World::default();
    let node = world.node(1);
    let (web, db) = (world.network("web", &["10.5.0.0/24"]), world.network("db", &["10.6.0.0/16"]));
    let placed = world.container("c", &node, &["web", &db.id.as_str()[..16]]);
    let [first, second] = &placed.endpoints[..] else { panic!("two endpoints") };
    assert_eq!((first.addr.to_string().as_str(), first.prefix_len, first.vni), ("10.5.0.2", 24, 4097));
    assert_eq!((second.addr.to_string().as_str(), second.prefix_len, second.vni), ("10.6.0.2", 16, 4098));
    assert_eq!((first.ifname.as_str(), second.ifname.as_str()), ("eth0", "eth1"));
    assert_eq!((&first.network, &second.network), (&web.id, &db.id));
    assert_eq!(first.mac, Mac::of(first.addr));
    assert!(first.id != second.id && !first.fixed);
    let state = world.state();
    assert_eq!(state.container("c").unwrap(), &placed.container);
    assert_eq!(state.endpoints_of_container(&placed.container.id), [first, second]);
    assert_eq!(
        placed.container.netns,
        std::path::Path::new(&format!("/run/netns/cw-{}", placed.container.id.short()))
    );
}

#[test]
fn two_nodes_never_hand_out_the_same_address() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    world.network("web", &[]);
    let before = world.state();
    let (a, first) = world
        .draw(&before, |s, g| container::create(s, &container_request("a", &["web"]), &one.id, &ALL_FREE, g))
        .unwrap();
    let (b, second) = world
        .draw(&before, |s, g| container::create(s, &container_request("b", &["web"]), &two.id, &ALL_FREE, g))
        .unwrap();
    assert_eq!(a.endpoints[0].addr, b.endpoints[0].addr, "both chose the same");
    world.commit(second).unwrap();
    assert_eq!(world.commit(first), Err(Conflict));
    assert_eq!(world.container("a", &one, &["web"]).endpoints[0].addr.to_string(), "10.0.1.3");
}

#[test]
fn bad_containers_are_refused() {
    let mut world = World::default();
    let node = world.node(1);
    world.network("web", &["10.5.0.0/24"]);
    world.network("tiny", &["10.6.0.0/30"]);
    world.container("there", &node, &["web", "tiny"]);
    let create = |request: crate::api::types::ContainerCreate| {
        world.clone().decide(|s, g| container::create(s, &request, &node.id, &ALL_FREE, g))
    };
    let request = |networks: &[&str]| container_request("new", networks);
    refused(create(container_request("there", &[])), Kind::Conflict, &["container 'there' exists"]);
    refused(create(container_request("-x", &[])), Kind::Invalid, &["'-x' is not a name"]);
    refused(create(request(&["nope"])), Kind::NotFound, &["no network 'nope'"]);
    refused(create(request(&["web", "web"])), Kind::Invalid, &["network 'web' is given twice"]);
    refused(create(request(&["web", "tiny"])), Kind::Conflict, &["all addresses", "'tiny'"]);
    let mut empty = request(&[]);
    empty.command.clear();
    refused(create(empty), Kind::Invalid, &["no command"]);
    let mut fixed = request(&["web"]);
    fixed.networks[0].ip = Some("10.5.0.2".parse().unwrap());
    refused(create(fixed), Kind::Conflict, &["10.5.0.2", "in use"]);
    for (mac, why) in [
        ("01:00:5e:00:00:01", "not the address of one interface"),
        ("00:00:00:00:00:00", "not the address of one interface"),
        ("02:42:0a:05:00:01", "the gateway's"),
        ("02:42:0a:05:00:02", "in use"),
    ] {
        let mut with_mac = request(&["web"]);
        with_mac.networks[0].mac = Some(mac.parse().unwrap());
        refused(create(with_mac), Kind::Invalid, &[mac, why]);
    }
    let stranger = crate::model::Id::random();
    let result = world.clone().decide(|s, g| container::create(s, &request(&[]), &stranger, &ALL_FREE, g));
    refused(result, Kind::Conflict, &["restart causewayd"]);
}

#[test]
fn a_containers_life() {
    let mut world = World::default();
    let node = world.node(1);
    world.network("web", &[]);
    world.container("c", &node, &["web"]);
    refused(world.decide(|s, _| container::detach(s, "c")), Kind::Invalid, &["causeway rm c"]);
    let running = world.decide(|s, _| container::start(s, "c", 77, 2000)).unwrap();
    assert_eq!(running.state, ContainerState::Running { pid: 77, started: 2000 });
    refused(world.decide(|s, _| container::start(s, "c", 78, 2000)), Kind::Conflict, &["'c' is running"]);
    refused(world.decide(|s, _| container::remove(s, "c")), Kind::Conflict, &["'c' is running", "-f"]);
    let exited = world.decide(|s, _| container::exit(s, "c", 137, 3000)).unwrap();
    assert_eq!(exited.state, ContainerState::Exited { code: 137, finished: 3000 });
    assert!(world.state().endpoints.is_empty());
    refused(world.decide(|s, _| container::exit(s, "c", 0, 3000)), Kind::Conflict, &["not running"]);
    refused(world.decide(|s, _| container::start(s, "c", 1, 3000)), Kind::Conflict, &["has run already"]);
    assert_eq!(
        world.container("d", &node, &["web"]).endpoints[0].addr.to_string(),
        "10.0.1.3",
        "the first rests"
    );
    world.decide(|s, _| container::remove(s, "c")).unwrap();
    refused(world.decide(|s, _| container::remove(s, "c")), Kind::NotFound, &["container 'c'", "ps -a"]);
    let left = world.decide(|s, _| container::remove(s, "d")).unwrap();
    assert_eq!(left.endpoints.len(), 1, "what was never started has its endpoint still");
    assert!(!world.keys().iter().any(|k| k.contains("container") || k.contains("endpoint")));
}

#[test]
fn of_an_end_and_a_removal_at_once_one_decides_again() {
    let mut world = World::default();
    let node = world.node(1);
    world.network("web", &[]);
    world.container("c", &node, &["web"]);
    let before = world.state();
    let (_, start) = world.draw(&before, |s, _| container::start(s, "c", 1, 0)).unwrap();
    let (_, removal) = world.draw(&before, |s, _| container::remove(s, "c")).unwrap();
    world.commit(removal).unwrap();
    assert_eq!(world.commit(start), Err(Conflict), "a removed container does not come back");
}

#[test]
fn namespaces_are_attached_and_detached() {
    let mut world = World::default();
    let node = world.node(1);
    world.network("web", &[]);
    let there: BTreeSet<String> = ["lo".to_owned(), "eth0".to_owned()].into();
    let mut attach = |name: &str, networks: &[&str], netns: &str| {
        let request = attach_request(name, networks);
        world.decide(|s, g| container::attach(s, &request, &node.id, netns.into(), &there, &ALL_FREE, g))
    };
    let placed = attach("x", &["web"], "/run/netns/x").unwrap();
    assert_eq!(placed.endpoints[0].ifname, "eth1", "eth0 is there already");
    assert_eq!(placed.container.process, None);
    refused(attach("y", &["web"], "/run/netns/x"), Kind::Conflict, &["/run/netns/x", "as 'x'"]);
    refused(attach("y", &[], "/run/netns/y"), Kind::Invalid, &["'y'", "--network"]);
    refused(attach("x", &["web"], "/run/netns/y"), Kind::Conflict, &["'x' exists"]);
    world.decide(|s, _| container::start(s, "x", 0, 1)).unwrap();
    refused(world.decide(|s, _| container::remove(s, "x")), Kind::Invalid, &["causeway detach x"]);
    world.decide(|s, _| container::detach(s, "x")).unwrap();
    assert!(world.state().endpoints.is_empty());
}
