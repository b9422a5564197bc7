//! Ports of all nodes: one service's each, and no container's on any node.

use super::{
    Conflict, Kind, Refusal, World, container, container_request, network, network_request, nobody, pool,
    refused, service, service_request,
};
use crate::{
    api::types::{
        ContainerCreate, EndpointMode, NetworkCreate, PortRange, PublishRequest, ServiceCreate,
        ServicePublish, ServiceUpdate,
    },
    desired::world::ALL_FREE,
    model::{Node, PortMode, Protocol, Service},
};

/// Port `published` of every node.
const fn ingress(published: u16) -> ServicePublish {
    ServicePublish {
        published: Some(published),
        target: 80,
        protocol: Protocol::Tcp,
        mode: PortMode::Ingress,
    }
}

const fn on_its_nodes(published: u16) -> ServicePublish {
    ServicePublish { mode: PortMode::Host, ..ingress(published) }
}

fn request(name: &str, network: &str, ports: &[ServicePublish]) -> ServiceCreate {
    ServiceCreate { ports: ports.to_vec(), ..service_request(name, network) }
}

fn create(world: &mut World, request: &ServiceCreate) -> Result<Service, Refusal> {
    world.decide(|s, g| service::create(s, request, &nobody(), pool(), g))
}

fn update(world: &mut World, name: &str, request: &ServiceUpdate) -> Result<Service, Refusal> {
    world.decide(|s, g| service::update(s, name, request, pool(), g))
}

fn add(ports: &[ServicePublish]) -> ServiceUpdate {
    ServiceUpdate { publish_add: ports.to_vec(), ..ServiceUpdate::default() }
}

fn publisher(name: &str, port: u16, count: u16) -> ContainerCreate {
    let host = Some(PortRange { first: port, last: port + count - 1 });
    let container = PortRange { first: 80, last: 79 + count };
    let publish =
        PublishRequest { host_ip: None, host, container, protocol: Protocol::Tcp, sources: Vec::new() };
    ContainerCreate { publish: vec![publish], ..container_request(name, &["net"]) }
}

fn run(world: &mut World, node: &Node, request: &ContainerCreate) -> Result<(), Refusal> {
    world.decide(|s, g| container::create(s, request, &node.id, &ALL_FREE, g)).map(drop)
}

fn world() -> (World, Node) {
    let mut world = World::default();
    world.network("net", &["10.0.9.0/24"]);
    let node = world.node(1);
    (world, node)
}

fn held(world: &World) -> Vec<String> {
    let keys = world.keys().into_iter().filter(|key| key.starts_with("claims/ingress/"));
    keys.map(ToOwned::to_owned).collect()
}

#[test]
fn a_port_is_held_as_long_as_its_service_publishes_it() {
    let (mut world, _) = world();
    create(&mut world, &request("web", "net", &[ingress(8080), on_its_nodes(9090)])).unwrap();
    assert_eq!(held(&world), ["claims/ingress/tcp/8080"]);
    let changed =
        ServiceUpdate { publish_rm: vec![(80, Protocol::Tcp)], ..add(&[ingress(8081), ingress(8082)]) };
    update(&mut world, "web", &changed).unwrap();
    assert_eq!(held(&world), ["claims/ingress/tcp/8081", "claims/ingress/tcp/8082"]);
    world.decide(|s, _| service::remove(s, "web")).unwrap();
    assert_eq!(held(&world), Vec::<String>::new());
}

#[test]
fn without_a_network_a_service_has_an_address_while_it_has_such_ports() {
    let (mut world, _) = world();
    assert_eq!(create(&mut world, &request("own", "", &[on_its_nodes(9090)])).unwrap().vip, None);
    assert!(create(&mut world, &request("web", "", &[ingress(8080)])).unwrap().vip.is_some());
    let gone = ServiceUpdate { publish_rm: vec![(80, Protocol::Tcp)], ..ServiceUpdate::default() };
    assert_eq!(update(&mut world, "web", &gone).unwrap().vip, None);
    assert!(!world.keys().iter().any(|key| key.contains("vips/")));
    assert!(update(&mut world, "web", &add(&[ingress(8080)])).unwrap().vip.is_some());
}

#[test]
fn a_port_of_all_nodes_is_one_services() {
    let (mut world, _) = world();
    create(&mut world, &request("web", "net", &[ingress(8080), on_its_nodes(9090)])).unwrap();
    let again = |ports: &[ServicePublish]| create(&mut world.clone(), &request("other", "", ports));
    refused(again(&[ingress(8080)]), Kind::Conflict, &["8080/tcp", "'web'"]);
    refused(again(&[on_its_nodes(8080)]), Kind::Conflict, &["8080/tcp", "'web'"]);
    refused(again(&[ingress(9090)]), Kind::Conflict, &["9090/tcp", "'web'"]);
    again(&[on_its_nodes(9090)]).expect("their backends may be on different nodes");
    again(&[ServicePublish { protocol: Protocol::Udp, ..ingress(8080) }]).expect("another protocol's");
    world.service("other", "net");
    refused(update(&mut world, "other", &add(&[ingress(8080)])), Kind::Conflict, &["8080/tcp", "'web'"]);
    refused(update(&mut world, "web", &add(&[ingress(8080)])), Kind::Invalid, &["8080/tcp", "twice"]);
}

#[test]
fn of_two_services_that_take_a_port_at_once_one_decides_again() {
    let (mut world, _) = world();
    world.service("there", "net");
    let before = world.state();
    let two = ["a", "b"].map(|name| {
        let request = request(name, "", &[ingress(8080)]);
        world.draw(&before, |s, g| service::create(s, &request, &nobody(), pool(), g)).unwrap().1
    });
    let (_, third) =
        world.draw(&before, |s, g| service::update(s, "there", &add(&[ingress(8080)]), pool(), g)).unwrap();
    let [first, second] = two;
    world.commit(first).unwrap();
    assert_eq!((world.commit(second), world.commit(third)), (Err(Conflict), Err(Conflict)));
}

#[test]
fn a_port_of_all_nodes_is_no_containers() {
    let (mut world, node) = world();
    run(&mut world, &node, &publisher("mine", 8080, 1)).unwrap();
    let taken = create(&mut world, &request("web", "net", &[ingress(8080)]));
    refused(taken, Kind::Conflict, &["8080/tcp", "'node1'", "'mine'"]);
    create(&mut world, &request("web", "net", &[ingress(8081)])).unwrap();
    refused(run(&mut world, &node, &publisher("other", 8081, 5)), Kind::Conflict, &["8081/tcp", "'web'"]);
    run(&mut world, &node, &publisher("other", 8082, 5)).unwrap();
}

#[test]
fn of_a_service_and_a_container_that_publish_at_once_one_decides_again() {
    let (mut world, node) = world();
    run(&mut world, &node, &publisher("there", 1, 1)).unwrap();
    create(&mut world, &request("also", "", &[ingress(2)])).unwrap();
    let before = world.state();
    let web = request("web", "net", &[ingress(8080)]);
    let (_, service) = world.draw(&before, |s, g| service::create(s, &web, &nobody(), pool(), g)).unwrap();
    let mine = publisher("mine", 8080, 1);
    let (_, container) =
        world.draw(&before, |s, g| container::create(s, &mine, &node.id, &ALL_FREE, g)).unwrap();
    let mut other = world.clone();
    world.commit(service.clone()).unwrap();
    assert_eq!(world.commit(container.clone()), Err(Conflict));
    other.commit(container).unwrap();
    assert_eq!(other.commit(service), Err(Conflict));
}

#[test]
fn a_port_that_nobody_names_is_no_containers_either() {
    let (mut world, node) = world();
    run(&mut world, &node, &publisher("mine", 30_000, 2)).unwrap();
    let any = ServicePublish { published: None, ..ingress(1) };
    let web = create(&mut world, &request("web", "net", &[any])).unwrap();
    assert_eq!(web.ports[0].published, 30_002);
}

#[test]
fn sources_are_those_of_the_ports_they_are_said_with() {
    let (mut world, _) = world();
    let nets = |text: &str| vec![text.parse().unwrap()];
    let with = ServiceCreate { sources: nets("192.0.2.0/24"), ..request("web", "net", &[ingress(8080)]) };
    create(&mut world, &with).unwrap();
    let more = ServiceUpdate { sources: nets("198.51.100.0/24"), ..add(&[ingress(8081)]) };
    let sources =
        |service: &Service| service.ports.iter().map(|port| port.sources[0].to_string()).collect::<Vec<_>>();
    let web = update(&mut world, "web", &more).unwrap();
    assert_eq!(sources(&web), ["192.0.2.0/24", "198.51.100.0/24"]);
    let all = ServiceUpdate { sources: nets("0.0.0.0/0"), ..ServiceUpdate::default() };
    assert_eq!(sources(&update(&mut world, "web", &all).unwrap()), ["0.0.0.0/0", "0.0.0.0/0"]);
}

#[test]
fn addresses_are_those_of_the_ports_they_are_said_with_and_never_of_mode_host() {
    let (mut world, _) = world();
    let nets = |text: &str| vec![text.parse().unwrap()];
    let with = ServiceCreate { addresses: nets("127.0.0.0/8"), ..request("web", "net", &[ingress(8080)]) };
    let web = create(&mut world, &with).unwrap();
    assert_eq!((&web.ports[0].addresses, web.ports[0].sources.len()), (&nets("127.0.0.0/8"), 0));
    let said = |service: &Service| service.ports.iter().map(|p| p.addresses.len()).collect::<Vec<_>>();
    assert_eq!(said(&update(&mut world, "web", &add(&[ingress(8081)])).unwrap()), [1, 0]);
    let all = ServiceUpdate { addresses: nets("198.18.0.0/24"), ..ServiceUpdate::default() };
    assert_eq!(said(&update(&mut world, "web", &all).unwrap()), [1, 1]);
    let host = ServicePublish { mode: PortMode::Host, ..ingress(8082) };
    let host = ServiceCreate { addresses: nets("127.0.0.1/32"), ..request("own", "net", &[host]) };
    refused(create(&mut world, &host), Kind::Invalid, &["--address", "8082", "run -p"]);
}

#[test]
fn who_could_answer_nobody_publishes_nothing() {
    let (mut world, _) = world();
    let internal = NetworkCreate { internal: true, ..network_request("in", &["10.0.8.0/24"]) };
    world.decide(|s, g| network::create(s, &internal, &nobody(), &[], g)).unwrap();
    let words = ["'in'", "--internal"];
    refused(create(&mut world, &request("web", "in", &[ingress(8080)])), Kind::Invalid, &words);
    world.service("web", "in");
    refused(update(&mut world, "web", &add(&[ingress(8080)])), Kind::Invalid, &words);
    let dnsrr = ServiceUpdate { endpoint_mode: Some(EndpointMode::Dnsrr), ..ServiceUpdate::default() };
    create(&mut world, &request("rr", "net", &[ingress(8080)])).unwrap();
    refused(update(&mut world, "rr", &dnsrr), Kind::Invalid, &["dnsrr", "mode=host"]);
}

#[test]
fn a_service_has_no_more_such_ports_than_a_transaction_takes() {
    let (mut world, _) = world();
    let many = |count: u16| (1..=count).map(ingress).collect::<Vec<_>>();
    refused(create(&mut world, &request("web", "net", &many(101))), Kind::Invalid, &["100"]);
    create(&mut world, &request("web", "net", &many(100))).unwrap();
    let change = ServiceUpdate { publish_rm: vec![(80, Protocol::Tcp)], ..add(&[ingress(200)]) };
    refused(update(&mut world, "web", &change), Kind::Invalid, &["100"]);
    world.decide(|s, _| service::remove(s, "web")).unwrap();
}
