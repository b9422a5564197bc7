//! What Docker's engines ask for, call by call: on one node and on two.

use std::{collections::BTreeMap, net::Ipv4Addr, path::Path};

use ipnet::Ipv4Net;

use super::{ALL_FREE, Kind, State, World, container, network, refused, service};
use crate::{
    api::types::{PortRange, PublishRequest},
    desired::docker::{self, Binding, Identity, Member, PoolWish, Subnet, Wanted},
    model::{Container, Endpoint, Id, Network, Node, Protocol},
};

const POOL: &str = "10.5.0.0/24";

fn pool() -> Ipv4Net {
    POOL.parse().unwrap()
}

/// An id of an engine's.
fn id(digit: char) -> Id {
    Id::parse(&digit.to_string().repeat(64)).unwrap()
}

/// An engine on a node.
struct Engine {
    node: Node,
    network: Id,
}

impl Engine {
    fn pool(&self, world: &mut World, wish: &PoolWish) -> docker::Pooled {
        world.decide(|s, g| docker::pool(s, wish, &self.node.id, &[], g)).unwrap()
    }

    fn binding(&self, name: Option<&str>, ours: bool) -> Binding {
        let subnet = Subnet { cidr: pool(), gateway: None, aux: BTreeMap::new(), ours };
        let (docker, name) = (self.network.clone(), name.map(str::to_owned));
        Binding { docker, name, subnet, internal: false, options: BTreeMap::new() }
    }

    fn bind(&self, world: &mut World, name: Option<&str>) -> Network {
        let binding = self.binding(name, true);
        world.decide(|s, g| docker::bind(s, &binding, &self.node.id, &[], g)).unwrap()
    }

    /// An address, an endpoint, in a sandbox.
    fn endpoint(&self, world: &mut World, network: &Network, endpoint: char, sandbox: &str) -> Endpoint {
        let held = world.decide(|s, g| docker::reserve(s, pool(), None, &self.node.id, g)).unwrap();
        let wanted = Wanted { id: id(endpoint), addr: Some(held.addr), mac: None };
        let made = world.decide(|s, g| docker::make(s, &network.id, &wanted, &self.node.id, g)).unwrap();
        assert_eq!((made.addr, &made.id), (held.addr, &wanted.id));
        self.join(world, network, endpoint, sandbox);
        made
    }

    fn join(&self, world: &mut World, network: &Network, endpoint: char, sandbox: &str) -> Container {
        let join =
            |s: &State| docker::join(s, &network.id, &id(endpoint), Path::new(sandbox), &self.node.id, 1);
        world.decide(|s, _| join(s)).unwrap()
    }

    fn leave(&self, world: &mut World, network: &Network, endpoint: char) -> Option<(Container, bool)> {
        world.decide(|s, g| docker::leave(s, &network.id, &id(endpoint), &self.node.id, g)).unwrap()
    }

    fn unmake(&self, world: &mut World, network: &Network, endpoint: char) {
        world.decide(|s, g| docker::unmake(s, &network.id, &id(endpoint), &self.node.id, g)).unwrap();
    }

    fn release(&self, world: &mut World, addr: Ipv4Addr) -> bool {
        world.decide(|s, _| docker::release(s, pool(), addr, &self.node.id)).unwrap()
    }

    fn identify(&self, world: &mut World, name: &str, endpoints: &[char]) -> Container {
        let member = |c: &char| Member { endpoint: id(*c), aliases: vec!["alias".to_owned()] };
        let identity = Identity {
            id: Some(id('f')),
            name: name.to_owned(),
            members: endpoints.iter().map(member).collect(),
            ..Identity::default()
        };
        world.decide(|s, _| docker::identify(s, &identity, &self.node.id)).unwrap().unwrap()
    }
}

/// A node with an engine.
fn engine(world: &mut World, n: u8) -> Engine {
    let node = world.node(n);
    let network = id(char::from(b'a' + n));
    Engine { node, network }
}

/// A world with the network `shop` on one engine.
fn shop() -> (World, Engine, Network) {
    let mut world = World::default();
    let engine = engine(&mut world, 1);
    let wish = PoolWish { subnet: Some(pool()), ..PoolWish::default() };
    assert_eq!(engine.pool(&mut world, &wish).gateway, None);
    let network = engine.bind(&mut world, Some("shop"));
    (world, engine, network)
}

#[test]
fn a_pool_becomes_a_network_and_goes_with_it() {
    let (mut world, engine, network) = shop();
    assert_eq!(network.name, "shop");
    assert_eq!(engine.bind(&mut world, Some("shop")).id, network.id, "asked twice");
    refused(
        world.decide(|s, _| network::remove(s, "shop", &engine.node.id)),
        Kind::Conflict,
        &["node1", "docker network rm"],
    );
    let unbind = |s: &State| docker::unbind(s, &engine.network, &engine.node.id);
    assert!(world.decide(|s, _| unbind(s)).unwrap().is_some());
    assert!(world.decide(|s, _| unbind(s)).unwrap().is_none(), "asked twice");
    assert!(world.state().networks.is_empty());
}

#[test]
fn a_pool_without_a_network_is_given_back() {
    let mut world = World::default();
    let engine = engine(&mut world, 1);
    let pooled = engine.pool(&mut world, &PoolWish::default());
    let drop_pool = |s: &State| docker::drop_pool(s, pooled.subnet, &engine.node.id);
    world.decide(|s, _| drop_pool(s)).unwrap();
    world.decide(|s, _| drop_pool(s)).unwrap();
    assert!(world.state().networks.is_empty());
    assert_eq!(docker::pools_here(&world.state(), &engine.node.id), []);
}

#[test]
fn the_gateway_is_chosen_until_the_network_is_there() {
    let mut world = World::default();
    let engine = engine(&mut world, 1);
    engine.pool(&mut world, &PoolWish { subnet: Some(pool()), ..PoolWish::default() });
    let wanted = Ipv4Addr::new(10, 5, 0, 254);
    let gateway = |s: &State, wanted| docker::gateway(s, pool(), wanted, &engine.node.id);
    assert_eq!(world.decide(|s, _| gateway(s, Some(wanted))), Ok(wanted));
    let network = engine.bind(&mut world, Some("shop"));
    assert_eq!(network.subnets[0].gateway, wanted);
    let other = Some(Ipv4Addr::new(10, 5, 0, 7));
    refused(world.decide(|s, _| gateway(s, other)), Kind::Conflict, &["10.5.0.254", "--gateway"]);
}

#[test]
fn a_second_engine_joins_by_name_and_the_last_one_takes_the_network_away() {
    let (mut world, one, network) = shop();
    let two = engine(&mut world, 2);
    let wish = PoolWish { network: Some("shop".into()), ..PoolWish::default() };
    let pooled = two.pool(&mut world, &wish);
    assert_eq!((pooled.subnet, pooled.gateway), (pool(), Some(Ipv4Addr::new(10, 5, 0, 1))));
    assert_eq!(two.bind(&mut world, Some("shop")).id, network.id);
    let (a, b) =
        (one.endpoint(&mut world, &network, '1', "/a"), two.endpoint(&mut world, &network, '2', "/b"));
    assert_ne!(a.addr, b.addr);
    let unbind = |s: &State, e: &Engine| docker::unbind(s, &e.network, &e.node.id);
    world.decide(|s, _| unbind(s, &one)).unwrap();
    assert_eq!(world.state().networks.len(), 1);
    world.decide(|s, _| unbind(s, &two)).unwrap();
    assert_eq!(world.state().networks.len(), 1, "somebody is in it");
}

#[test]
fn equal_subnets_are_one_network_only_under_one_name() {
    let mut world = World::default();
    let (one, two) = (engine(&mut world, 1), engine(&mut world, 2));
    let wish = PoolWish { subnet: Some(pool()), ..PoolWish::default() };
    for engine in [&one, &two] {
        engine.pool(&mut world, &wish);
        let network = engine.bind(&mut world, None);
        assert!(!docker::bound_here(&world.state(), &engine.node.id)[0].1, "{}", network.name);
        let name = |s: &State| docker::named(s, &engine.network, "shop", &engine.node.id);
        assert_eq!(world.decide(|s, _| name(s)).unwrap().name, "shop");
        assert!(docker::bound_here(&world.state(), &engine.node.id)[0].1);
    }
    assert_eq!(world.state().networks.len(), 1);
    let three = engine(&mut world, 3);
    three.pool(&mut world, &wish);
    three.bind(&mut world, None);
    let name = |s: &State| docker::named(s, &three.network, "other", &three.node.id);
    refused(world.decide(|s, _| name(s)), Kind::Conflict, &["shop", "other", POOL]);
}

#[test]
fn somebodys_own_network_keeps_its_name() {
    let mut world = World::default();
    let one = engine(&mut world, 1);
    world.network("docker-shop", &[POOL]);
    one.pool(&mut world, &PoolWish { subnet: Some(pool()), ..PoolWish::default() });
    one.bind(&mut world, None);
    let name = |s: &State, name: &str| docker::named(s, &one.network, name, &one.node.id);
    refused(world.decide(|s, _| name(s, "other")), Kind::Conflict, &["docker-shop", "other", POOL]);
    assert_eq!(world.decide(|s, _| name(s, "docker-shop")).unwrap().name, "docker-shop");
}

#[test]
fn addresses_of_dockers_own_ipam_are_one_nodes() {
    let mut world = World::default();
    let (one, two) = (engine(&mut world, 1), engine(&mut world, 2));
    for engine in [&one, &two] {
        let binding = engine.binding(None, false);
        let network = world.decide(|s, g| docker::bind(s, &binding, &engine.node.id, &[], g)).unwrap();
        assert_eq!(network.node.as_ref(), Some(&engine.node.id));
        world.decide(|s, _| docker::named(s, &engine.network, "local", &engine.node.id)).unwrap();
        let wanted = Wanted { id: id('5'), addr: Some(Ipv4Addr::new(10, 5, 0, 2)), mac: None };
        let made = world.decide(|s, g| docker::make(s, &network.id, &wanted, &engine.node.id, g)).unwrap();
        assert_eq!(made.id, wanted.id);
        engine.unmake(&mut world, &network, '5');
        assert_eq!(world.state().endpoints_of_network(&network.id).count(), 0);
        world.decide(|s, _| docker::unbind(s, &engine.network, &engine.node.id)).unwrap();
    }
    assert!(world.state().networks.is_empty());
}

#[test]
fn an_endpoint_goes_from_address_to_sandbox_and_back() {
    let (mut world, engine, network) = shop();
    let made = engine.endpoint(&mut world, &network, '1', "/sandbox");
    let held = |world: &World| world.state().endpoints.len();
    assert!(!engine.release(&mut world, made.addr), "an endpoint has it");
    let joined = engine.join(&mut world, &network, '1', "/sandbox");
    assert!(joined.is_in_sandbox(), "asked twice");
    let join = |s: &State| docker::join(s, &network.id, &id('1'), Path::new("/other"), &engine.node.id, 1);
    refused(world.decide(|s, _| join(s)), Kind::Conflict, &["another sandbox"]);
    let unmake =
        |s: &State, g: &mut super::Given<'_>| docker::unmake(s, &network.id, &id('1'), &engine.node.id, g);
    refused(world.decide(unmake), Kind::Conflict, &["another sandbox"]);
    assert!(engine.leave(&mut world, &network, '1').is_some_and(|(_, gone)| gone));
    assert!(engine.leave(&mut world, &network, '1').is_none(), "asked twice");
    engine.unmake(&mut world, &network, '1');
    engine.unmake(&mut world, &network, '1');
    assert_eq!(held(&world), 1, "until it is given back");
    assert!(engine.release(&mut world, made.addr));
    assert!(!engine.release(&mut world, made.addr), "asked twice");
    assert_eq!(held(&world), 0);
    assert!(world.state().containers.is_empty());
    assert!(world.keys().iter().all(|key| !key.contains("container-names")), "{:?}", world.keys());
}

#[test]
fn endpoints_in_one_sandbox_are_one_container() {
    let (mut world, engine, network) = shop();
    let other = world.network("wide", &["10.6.0.0/24"]);
    let binding = Binding {
        docker: id('9'),
        name: Some("wide".into()),
        subnet: Subnet { cidr: "10.6.0.0/24".parse().unwrap(), ..engine.binding(None, true).subnet },
        ..engine.binding(None, true)
    };
    world.decide(|s, g| docker::bind(s, &binding, &engine.node.id, &[], g)).unwrap();
    engine.endpoint(&mut world, &network, '1', "/sandbox");
    let wanted = Wanted { id: id('2'), addr: None, mac: None };
    world.decide(|s, g| docker::make(s, &other.id, &wanted, &engine.node.id, g)).unwrap();
    let container = engine.join(&mut world, &other, '2', "/sandbox");
    assert_eq!(container.networks, [network.id.clone(), other.id.clone()]);
    let named = engine.identify(&mut world, "web", &['1', '2']);
    assert_eq!((named.name.as_str(), world.state().containers.len()), ("web", 1));
    let state = world.state();
    let shown: Vec<_> = state.endpoints_of_container(&container.id).into_iter().cloned().collect();
    assert_eq!(shown.iter().map(|e| e.ifname.as_str()).collect::<Vec<_>>(), ["eth0", "eth1"]);
    assert!(shown.iter().all(|e| e.container_name == "web" && e.aliases == ["alias", id('f').short()]));
    // The engine's choice is the way out, not the first interface.
    let ports = PublishRequest {
        host_ip: None,
        host: Some(PortRange::one(8080)),
        container: PortRange::one(80),
        protocol: Protocol::Tcp,
        sources: Vec::new(),
    };
    let publish = |s: &State| {
        docker::publish(s, &other.id, &id('2'), std::slice::from_ref(&ports), &engine.node.id, &ALL_FREE)
    };
    for _ in 0..2 {
        assert_eq!(world.decide(|s, _| publish(s)).unwrap().published[0].host_port, 8080);
    }
    assert_eq!(world.state().way_out(&container.id).unwrap().1.name, "wide");
    let (_, gone) = engine.leave(&mut world, &other, '2').unwrap();
    assert!(!gone);
    let left = world.state().containers[&container.id].clone();
    assert!(left.published.is_empty() && left.networks == [network.id.clone()]);
    refused(world.decide(|s, _| container::detach(s, "web")), Kind::Invalid, &["docker stop"]);
}

#[test]
fn names_are_unique_and_both_containers_are_found_by_theirs() {
    let (mut world, one, network) = shop();
    let two = engine(&mut world, 2);
    two.pool(&mut world, &PoolWish { network: Some("shop".into()), ..PoolWish::default() });
    two.bind(&mut world, Some("shop"));
    one.endpoint(&mut world, &network, '1', "/a");
    two.endpoint(&mut world, &network, '2', "/b");
    assert_eq!(one.identify(&mut world, "web", &['1']).name, "web");
    assert_eq!(one.identify(&mut world, "web", &['1']).name, "web", "told twice");
    let second = two.identify(&mut world, "web", &['2']);
    assert_eq!(second.name, "web.node2");
    let state = world.state();
    assert!(state.endpoints_of_container(&second.id)[0].aliases.contains(&"web".to_owned()));
    one.leave(&mut world, &network, '1');
    assert_eq!(two.identify(&mut world, "web", &['2']).name, "web", "once it is free");
}

#[test]
fn containers_of_one_compose_service_are_a_service_from_the_second_on() {
    let (mut world, engine, network) = shop();
    let labels: BTreeMap<_, _> = [("com.docker.compose.service".to_owned(), "web".to_owned())].into();
    let identify = |world: &mut World, name: &str, endpoint: char| {
        let member = Member { endpoint: id(endpoint), aliases: vec!["web".to_owned()] };
        let identity = Identity {
            id: Some(id(endpoint)),
            name: name.to_owned(),
            labels: labels.clone(),
            members: vec![member],
            ..Identity::default()
        };
        world.decide(|s, _| docker::identify(s, &identity, &engine.node.id)).unwrap().unwrap()
    };
    engine.endpoint(&mut world, &network, '1', "/a");
    let first = identify(&mut world, "shop_web_1", '1');
    let wish = docker::wish(&world.state(), &first).unwrap();
    assert!(!docker::missing(&world.state(), &wish), "one alone is found by its own address");
    engine.endpoint(&mut world, &network, '2', "/b");
    let second = identify(&mut world, "shop_web_2", '2');
    assert!(docker::missing(&world.state(), &wish));
    let supply: Ipv4Net = "10.255.0.0/16".parse().unwrap();
    let made = world.decide(|s, g| service::create(s, &wish.request(), &engine.node.id, supply, g)).unwrap();
    for container in [&first, &second] {
        assert!(world.decide(|s, _| docker::join_service(s, &container.id, &made.id)).unwrap());
        assert!(
            !world.decide(|s, _| docker::join_service(s, &container.id, &made.id)).unwrap(),
            "asked twice"
        );
    }
    assert_eq!(world.state().backends_of_service(&made.id).count(), 2);
    engine.leave(&mut world, &network, '1');
    assert!(!docker::is_orphan(&world.state(), &made.id));
    engine.leave(&mut world, &network, '2');
    assert!(docker::is_orphan(&world.state(), &made.id));
    // The node itself goes with all that its engine has.
    world.silent(&engine.node);
    assert!(world.remove_node("node1", true).unwrap() > 0);
    assert!(world.state().endpoints.is_empty());
}
