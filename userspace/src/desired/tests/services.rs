//! Services made and removed, and what cannot be.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{
    Conflict, Kind, Refusal, World, container, network, network_request, nobody, node, pool, refused,
    service, service_request,
};
use crate::{
    api::types::{EndpointMode, NetworkCreate, ServiceCreate, ServicePublish},
    model::{Driver, PortMode, Protocol, Service},
};

fn world() -> World {
    let mut world = World::default();
    world.network("web", &["10.5.0.0/24"]);
    world
}

fn publish(published: Option<u16>, target: u16, mode: PortMode) -> ServicePublish {
    ServicePublish { published, target, protocol: Protocol::Tcp, mode }
}

fn create(world: &mut World, request: &ServiceCreate) -> Result<Service, Refusal> {
    world.decide(|s, g| service::create(s, request, &nobody(), pool(), g))
}

fn vip(service: &Service) -> String {
    service.vip.map_or_else(String::new, |vip| vip.to_string())
}

#[test]
fn a_service_has_a_name_and_an_address_outside_of_all_networks() {
    let mut world = world();
    let (a, b) = (world.service("a", "web"), world.service("b", "web"));
    assert_eq!((vip(&a), vip(&b)), ("10.255.0.1".to_owned(), "10.255.0.2".to_owned()));
    let state = world.state();
    for name in ["a", a.id.as_str(), &a.id.as_str()[..16]] {
        assert_eq!(state.service(name).unwrap(), &a);
    }
    assert_eq!(state.network("web", &nobody()).unwrap().id, a.network.clone().unwrap());
    assert_eq!(state.services_of_network(a.network.as_ref().unwrap()).count(), 2);
    assert!(a.created == 1000 && a.updated == 1000 && a.draining.is_empty() && a.weights.is_empty());
    refused(state.service("c"), Kind::NotFound, &["no service 'c'", "causeway service ls"]);
}

#[test]
fn who_needs_no_address_gets_none() {
    let mut world = world();
    assert_eq!(world.service("lone", "").vip, None);
    let dnsrr = ServiceCreate { endpoint_mode: EndpointMode::Dnsrr, ..service_request("rr", "web") };
    assert_eq!(create(&mut world, &dnsrr).unwrap().vip, None);
    assert_eq!(world.state().vip_pool, None, "nothing was handed out");
}

#[test]
fn a_removed_service_leaves_nothing_and_its_address_rests() {
    let mut world = world();
    world.service("a", "web");
    let (removal, txn) = world.draw(&world.state(), |s, _| service::remove(s, "a")).unwrap();
    world.commit(txn).unwrap();
    assert!(removal.done);
    assert!(!world.keys().iter().any(|key| key.contains("service") || key.contains("vips")));
    assert_eq!(vip(&world.service("a", "web")), "10.255.0.2");
    assert!(world.decide(|s, _| service::remove(s, "nope")).is_err());
}

#[test]
fn bad_services_are_refused() {
    let mut world = world();
    world.service("there", "web");
    let with = |change: &dyn Fn(&mut ServiceCreate)| {
        let mut request = service_request("new", "web");
        change(&mut request);
        create(&mut world.clone(), &request)
    };
    refused(with(&|r| r.name = "there".into()), Kind::Conflict, &["service 'there' exists"]);
    refused(with(&|r| r.name = "a b".into()), Kind::Invalid, &["'a b' is not a name"]);
    refused(with(&|r| r.network = Some("nope".into())), Kind::NotFound, &["no network 'nope'"]);
    refused(with(&|r| r.health_tcp = Some(0)), Kind::Invalid, &["port 0"]);
    let ports = |ports: Vec<ServicePublish>| with(&|r| r.ports = ports.clone());
    refused(ports(vec![publish(Some(80), 0, PortMode::Host)]), Kind::Invalid, &["port 0"]);
    let twice = vec![publish(Some(80), 80, PortMode::Host), publish(Some(80), 81, PortMode::Host)];
    refused(ports(twice), Kind::Invalid, &["80/tcp", "twice"]);
    let dnsrr = with(&|r| {
        r.endpoint_mode = EndpointMode::Dnsrr;
        r.ports = vec![publish(None, 80, PortMode::Ingress)];
    });
    refused(dnsrr, Kind::Invalid, &["dnsrr", "mode=host"]);
}

#[test]
fn the_default_network_has_no_names() {
    let mut world = World::default();
    let node = world.node(1);
    world.decide(|s, g| network::create_default(s, &node.id, &[], g)).unwrap();
    let request = service_request("a", "bridge");
    let refusal = world.decide(|s, g| service::create(s, &request, &node.id, pool(), g));
    refused(refusal, Kind::Invalid, &["'bridge'", "network create"]);
}

#[test]
fn a_port_that_nobody_names_is_one_that_no_service_has() {
    let mut world = world();
    let request =
        |name: &str, ports: Vec<ServicePublish>| ServiceCreate { ports, ..service_request(name, "") };
    let published = |s: &Service| s.ports.iter().map(|p| p.published).collect::<Vec<_>>();
    let any = || publish(None, 80, PortMode::Host);
    let named = publish(Some(30_001), 81, PortMode::Host);
    let a = create(&mut world, &request("a", vec![any(), named, any()])).unwrap();
    assert_eq!(published(&a), [30_001, 30_000, 30_002]);
    let b = create(&mut world, &request("b", vec![any()])).unwrap();
    assert_eq!(published(&b), [30_003]);
    let udp = ServicePublish { protocol: Protocol::Udp, ..any() };
    assert_eq!(published(&create(&mut world, &request("c", vec![udp])).unwrap()), [30_000]);
}

#[test]
fn no_network_has_addresses_of_services() {
    let mut world = world();
    let make = |world: &mut World, subnet: &str| {
        world.decide(|s, g| network::create(s, &network_request("new", &[subnet]), &nobody(), &[], g))
    };
    assert!(make(&mut world.clone(), "10.255.4.0/24").is_ok(), "before the first service");
    world.service("a", "web");
    refused(make(&mut world, "10.255.4.0/24"), Kind::Conflict, &["10.255.4.0/24", "10.255.0.0/16"]);
    refused(make(&mut world, "10.0.0.0/8"), Kind::Conflict, &["10.0.0.0/8"]);
}

#[test]
fn no_network_is_given_addresses_of_services() {
    let mut world = World::default();
    let all_but_the_last = [
        "10.0.0.0/9",
        "10.128.0.0/10",
        "10.192.0.0/11",
        "10.224.0.0/12",
        "10.240.0.0/13",
        "10.248.0.0/14",
        "10.252.0.0/15",
        "10.254.0.0/16",
    ];
    world.network("web", &all_but_the_last);
    let make = |mut world: World| {
        world.decide(|s, g| network::create(s, &network_request("new", &[]), &nobody(), &[], g))
    };
    assert_eq!(make(world.clone()).unwrap().subnets[0].cidr.to_string(), "10.255.0.0/24");
    world.service("a", "web");
    refused(make(world), Kind::Conflict, &["no subnet is free in 10.0.0.0/8"]);
}

#[test]
fn the_first_service_keeps_away_from_networks() {
    let mut world = world();
    world.network("old", &["10.255.9.0/24"]);
    let refusal = create(&mut world, &service_request("a", "web"));
    refused(refusal, Kind::Conflict, &["10.255.0.0/16", "10.255.9.0/24", "'old'", "vip_pool"]);
    let elsewhere: Ipv4Net = "192.0.2.0/28".parse().unwrap();
    let request = service_request("a", "web");
    let a = world.decide(|s, g| service::create(s, &request, &nobody(), elsewhere, g)).unwrap();
    assert_eq!(vip(&a), "192.0.2.1");
    assert_eq!(vip(&world.service("b", "web")), "192.0.2.2", "the first one's pool is the cluster's");
}

#[test]
fn a_pool_is_used_up_and_goes_round() {
    let mut world = world();
    let tiny: Ipv4Net = "192.0.2.0/29".parse().unwrap();
    let make = |world: &mut World, name: &str| {
        let request = service_request(name, "web");
        world.decide(|s, g| service::create(s, &request, &nobody(), tiny, g))
    };
    for n in 0..6 {
        make(&mut world, &format!("s{n}")).unwrap();
    }
    refused(make(&mut world, "more"), Kind::Conflict, &["192.0.2.0/29", "remove a service"]);
    world.decide(|s, _| service::remove(s, "s2")).unwrap();
    assert_eq!(vip(&make(&mut world, "more").unwrap()), "192.0.2.3");
}

#[test]
fn services_beyond_the_nodes_table_are_refused_with_the_way_out() {
    let mut world = world();
    let supply = service::Supply { most: 2, ..pool().into() };
    let make = |world: &mut World, name: &str| {
        let request = service_request(name, "web");
        world.decide(|s, g| service::create(s, &request, &nobody(), supply, g))
    };
    make(&mut world, "a").unwrap();
    make(&mut world, "b").unwrap();
    refused(make(&mut world, "c"), Kind::Conflict, &["at most 2 services", "`services`", "[limits]"]);
    world.decide(|s, _| service::remove(s, "a")).unwrap();
    make(&mut world, "c").unwrap();
}

#[test]
fn of_two_services_at_once_one_decides_again() {
    let mut world = world();
    world.service("first", "web");
    let before = world.state();
    for name in ["a", "b"] {
        // The same name; the same address under another name.
        let request = service_request("a", "web");
        let (_, early) =
            world.draw(&before, |s, g| service::create(s, &request, &nobody(), pool(), g)).unwrap();
        let request = service_request(name, "web");
        let (other, late) =
            world.draw(&before, |s, g| service::create(s, &request, &nobody(), pool(), g)).unwrap();
        assert_eq!(vip(&other), "10.255.0.2");
        let mut world = world.clone();
        world.commit(early).unwrap();
        assert_eq!(world.commit(late), Err(Conflict));
    }
}

#[test]
fn of_the_first_service_and_a_network_with_its_addresses_one_decides_again() {
    let world = world();
    let before = world.state();
    let request = service_request("a", "web");
    let mut one = world.clone();
    let (_, service) = one.draw(&before, |s, g| service::create(s, &request, &nobody(), pool(), g)).unwrap();
    let overlapping = network_request("n", &["10.255.0.0/24"]);
    let (_, network) = one.draw(&before, |s, g| network::create(s, &overlapping, &nobody(), &[], g)).unwrap();
    let mut other = world;
    one.commit(service.clone()).unwrap();
    assert_eq!(one.commit(network.clone()), Err(Conflict));
    other.commit(network).unwrap();
    assert_eq!(other.commit(service), Err(Conflict));
}

#[test]
fn a_network_that_a_service_is_in_stays() {
    let mut world = world();
    let before = world.state();
    let (_, removal) = world.draw(&before, |s, _| network::remove(s, "web", &nobody())).unwrap();
    assert_eq!(network::may_go(&before, &nobody()).count(), 1);
    world.service("a", "web");
    refused(
        world.decide(|s, _| network::remove(s, "web", &nobody())),
        Kind::Conflict,
        &["'web'", "in use by service 'a'"],
    );
    assert_eq!(network::may_go(&world.state(), &nobody()).count(), 0, "prune leaves it");
    assert_eq!(world.commit(removal), Err(Conflict), "it was decided without the service");
    world.decide(|s, _| service::remove(s, "a")).unwrap();
    world.decide(|s, _| network::remove(s, "web", &nobody())).unwrap();
}

#[test]
fn a_service_in_a_network_that_goes_meanwhile_is_not_made() {
    let mut world = world();
    let request = service_request("a", "web");
    let before = world.state();
    let (_, late) = world.draw(&before, |s, g| service::create(s, &request, &nobody(), pool(), g)).unwrap();
    world.decide(|s, _| network::remove(s, "web", &nobody())).unwrap();
    assert_eq!(world.commit(late), Err(Conflict));
}

#[test]
fn a_nodes_networks_take_their_services_along() {
    let mut world = World::default();
    let node = world.node(1);
    world.bridge("own", &node, &["172.20.0.0/16"]);
    let before = world.state();
    let (_, hasty) = world.draw(&before, |s, _| node::remove(s, "node1", false)).unwrap();
    let request = service_request("a", "own");
    let made = world.decide(|s, g| service::create(s, &request, &node.id, pool(), g)).unwrap();
    assert_eq!(made.vip, Some(Ipv4Addr::new(10, 255, 0, 1)));
    assert_eq!(world.commit(hasty), Err(Conflict));
    assert_eq!(world.remove_node("node1", false), Ok(3), "the service, the network, the node");
    assert_eq!(world.keys(), ["cluster/pool", "cluster/vip-pool"], "nothing else is left");
}

#[test]
fn a_big_service_is_removed_in_steps_that_a_store_takes() {
    let mut world = World::default();
    let node = world.node(1);
    world.network("web", &["10.5.0.0/16"]);
    world.service("big", "web");
    for n in 0..250 {
        world.backend(&format!("c{n}"), &node, &["web"], &["big"]);
    }
    let mut steps = 0;
    loop {
        let (removal, txn) = world.draw(&world.state(), |s, _| service::remove(s, "big")).unwrap();
        assert!(txn.writes.len() <= 128 && txn.preconditions.len() <= 128);
        world.commit(txn).unwrap();
        steps += 1;
        if removal.done {
            break;
        }
        assert!(world.state().service("big").is_ok(), "the service goes last");
    }
    assert_eq!(steps, 5);
    assert!(!world.keys().iter().any(|key| key.contains("backends") || key.contains("service")));
    assert_eq!(world.state().containers.len(), 250, "its containers live on");
    world.decide(|s, _| container::start(s, "c7", 7, 1)).unwrap();
    world.decide(|s, _| container::exit(s, "c7", 0, 1)).unwrap();
}

#[test]
fn bridge_networks_have_services_of_their_node() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    for node in [&one, &two] {
        let request = NetworkCreate { driver: Driver::Bridge, ..network_request("own", &[]) };
        world.decide(|s, g| network::create(s, &request, &node.id, &[], g)).unwrap();
    }
    let request = service_request("a", "own");
    let made = world.decide(|s, g| service::create(s, &request, &two.id, pool(), g)).unwrap();
    let state = world.state();
    assert_eq!(state.networks[made.network.as_ref().unwrap()].node.as_ref(), Some(&two.id));
    let backend = super::backend_request("c", &["own"], &["a"]);
    let refusal = world.decide(|s, g| container::create(s, &backend, &one.id, &super::ALL_FREE, g));
    refused(refusal, Kind::Conflict, &["'a'", "'node2'"]);
    assert!(world.decide(|s, g| container::create(s, &backend, &two.id, &super::ALL_FREE, g)).is_ok());
}
