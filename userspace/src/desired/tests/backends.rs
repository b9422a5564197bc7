//! Backends: what their containers do shows in their records, whoever else writes meanwhile.

use std::collections::BTreeSet;

use super::{
    ALL_FREE, Conflict, Kind, Refusal, World, attach_to, backend_request, container, node, pool, refused,
    service, service_request,
};
use crate::{
    api::types::{AttachTarget, ContainerAttach, Mode, ServiceCreate, ServicePublish, ServiceUpdate},
    desired::Placed,
    model::{Backend, BackendState, Node, PortMode, Protocol, SERVICE_LABEL},
};

/// A node, the network `net` (and `side`) with the service `web`.
fn world() -> (World, Node) {
    let mut world = World::default();
    let node = world.node(1);
    world.network("net", &["10.5.0.0/24"]);
    world.network("side", &["10.6.0.0/24"]);
    world.service("web", "net");
    (world, node)
}

fn backends(world: &World, service: &str) -> Vec<Backend> {
    let state = world.state();
    let service = state.service(service).unwrap();
    state.backends_of_service(&service.id).cloned().collect()
}

/// `name address state` of each backend of a service.
fn shown(world: &World, service: &str) -> Vec<String> {
    let line = |b: &Backend| format!("{} {} {:?}", b.container_name, b.addr, b.state);
    backends(world, service).iter().map(line).collect()
}

fn start(world: &mut World, name: &str) {
    world.decide(|s, _| container::start(s, name, 7, 1)).unwrap();
}

#[test]
fn a_backends_life() {
    let (mut world, node) = world();
    let placed = world.backend("c", &node, &["side", "net"], &["web"]);
    let [one] = &backends(&world, "web")[..] else { panic!("one backend") };
    let endpoint = &placed.endpoints[1];
    assert_eq!((one.addr, one.vni, one.mac), (endpoint.addr, endpoint.vni, endpoint.mac));
    assert_eq!((&one.node, &one.container), (&node.id, &placed.container.id));
    assert_eq!(world.state().backends_of_container(&one.container), [one]);
    assert_eq!(shown(&world, "web"), ["c 10.5.0.2 Starting"]);
    start(&mut world, "c");
    assert_eq!(shown(&world, "web"), ["c 10.5.0.2 Active"]);
    assert_eq!(world.decide(|s, _| container::drain(s, "c")).unwrap(), 1);
    assert_eq!(shown(&world, "web"), ["c 10.5.0.2 Draining"]);
    assert_eq!(world.decide(|s, _| container::drain(s, "c")).unwrap(), 0, "a second time nothing is new");
    world.decide(|s, _| container::exit(s, "c", 0, 2)).unwrap();
    assert_eq!(shown(&world, "web"), Vec::<String>::new());
}

#[test]
fn removed_and_detached_containers_are_no_backends() {
    let (mut world, node) = world();
    world.backend("c", &node, &["net"], &["web"]);
    world.decide(|s, _| container::remove(s, "c")).unwrap();
    assert_eq!(shown(&world, "web"), Vec::<String>::new());
    let request = ContainerAttach {
        name: "ns".into(),
        target: AttachTarget::Netns("/run/netns/x".into()),
        networks: vec![attach_to("net")],
        services: vec!["web".into()],
        labels: Default::default(),
    };
    let netns = || "/run/netns/x".into();
    world
        .decide(|s, g| container::attach(s, &request, &node.id, netns(), &BTreeSet::new(), &ALL_FREE, g))
        .unwrap();
    start(&mut world, "ns");
    assert_eq!(shown(&world, "web"), ["ns 10.5.0.3 Active"]);
    world.decide(|s, _| container::detach(s, "ns")).unwrap();
    assert_eq!(shown(&world, "web"), Vec::<String>::new());
}

#[test]
fn probes_say_when_a_backend_is_active() {
    let (mut world, node) = world();
    let probed = ServiceUpdate { health_tcp: Some(80), ..ServiceUpdate::default() };
    world.decide(|s, g| service::update(s, "web", &probed, pool(), g)).unwrap();
    let c = world.backend("c", &node, &["net"], &["web"]).container.id;
    start(&mut world, "c");
    assert_eq!(shown(&world, "web"), ["c 10.5.0.2 Starting"]);
    let web = world.state().service("web").unwrap().id.clone();
    let report = |world: &mut World, healthy| world.decide(|s, _| service::report(s, &web, &c, healthy));
    assert_eq!(report(&mut world, true), Ok(BackendState::Active));
    assert_eq!(report(&mut world, true), Ok(BackendState::Active));
    assert_eq!(report(&mut world, false), Ok(BackendState::Starting));
    assert_eq!(shown(&world, "web"), ["c 10.5.0.2 Starting"]);
    world.decide(|s, _| container::drain(s, "c")).unwrap();
    assert_eq!(report(&mut world, true), Ok(BackendState::Draining), "it is about to end");
    let (_, late) = world.draw(&world.state(), |s, _| service::report(s, &web, &c, true)).unwrap();
    assert!(late.writes.is_empty());
    world.decide(|s, _| container::exit(s, "c", 0, 2)).unwrap();
    refused(report(&mut world, true), Kind::NotFound, &[c.short(), web.short()]);
}

#[test]
fn a_report_does_not_bring_a_backend_back() {
    let (mut world, node) = world();
    let c = world.backend("c", &node, &["net"], &["web"]).container.id;
    let before = world.state();
    let web = before.service("web").unwrap().id.clone();
    let (_, report) = world.draw(&before, |s, _| service::report(s, &web, &c, true)).unwrap();
    let (_, started) = world.draw(&before, |s, _| container::start(s, "c", 7, 1)).unwrap();
    let mut removed = world.clone();
    world.decide(|s, _| container::exit(s, "c", 0, 2)).unwrap();
    assert_eq!(world.commit(report.clone()), Err(Conflict));
    removed.decide(|s, _| service::remove(s, "web")).unwrap();
    assert_eq!(removed.commit(report), Err(Conflict));
    assert_eq!(removed.commit(started), Err(Conflict), "or it would be the backend of nothing");
    start(&mut removed, "c");
    assert!(!removed.keys().iter().any(|key| key.contains("backends/")));
}

#[test]
fn of_a_removal_and_a_backend_at_once_one_decides_again() {
    let (mut world, node) = world();
    let before = world.state();
    let request = backend_request("c", &["net"], &["web"]);
    let (_, join) =
        world.draw(&before, |s, g| container::create(s, &request, &node.id, &ALL_FREE, g)).unwrap();
    let (_, removal) = world.draw(&before, |s, _| service::remove(s, "web")).unwrap();
    let mut other = world.clone();
    world.commit(join.clone()).unwrap();
    assert_eq!(world.commit(removal.clone()), Err(Conflict), "or a backend would be left behind");
    world.decide(|s, _| service::remove(s, "web")).unwrap();
    assert!(!world.keys().iter().any(|key| key.contains("backends/") || key.contains("service")));
    other.commit(removal).unwrap();
    assert_eq!(other.commit(join), Err(Conflict));
    let again = other.decide(|s, g| container::create(s, &request, &node.id, &ALL_FREE, g));
    refused(again, Kind::NotFound, &["no service 'web'"]);
}

#[test]
fn two_backends_join_at_once() {
    let (mut world, node) = world();
    world.network("far", &["10.7.0.0/24"]);
    world.service("lone", "");
    let before = world.state();
    let mut join = |name: &str, network: &str| {
        let request = backend_request(name, &[network], &["lone"]);
        world.draw(&before, |s, g| container::create(s, &request, &node.id, &ALL_FREE, g)).unwrap().1
    };
    let (one, two) = (join("a", "side"), join("b", "far"));
    world.commit(one).unwrap();
    world.commit(two).unwrap();
    assert_eq!(shown(&world, "lone"), ["a 10.6.0.2 Starting", "b 10.7.0.2 Starting"]);
}

#[test]
fn a_network_that_comes_and_goes_takes_the_backend_along() {
    let (mut world, node) = world();
    world.backend("c", &node, &["side", "net"], &["web"]);
    start(&mut world, "c");
    world.decide(|s, _| container::disconnect(s, "side", "c", &node.id, false)).unwrap();
    assert_eq!(shown(&world, "web"), ["c 10.5.0.2 Active"], "another network's business");
    world.decide(|s, _| container::disconnect(s, "net", "c", &node.id, false)).unwrap();
    assert_eq!(shown(&world, "web"), Vec::<String>::new());
    let attach = attach_to("net");
    world.decide(|s, g| container::connect(s, "c", &attach, &node.id, &BTreeSet::new(), g)).unwrap();
    assert_eq!(shown(&world, "web"), ["c 10.5.0.3 Active"]);
}

#[test]
fn without_a_network_a_backend_is_where_its_way_out_is() {
    let (mut world, node) = world();
    world.service("lone", "");
    world.backend("c", &node, &["side", "net"], &["lone"]);
    start(&mut world, "c");
    assert_eq!(shown(&world, "lone"), ["c 10.6.0.2 Active"]);
    world.decide(|s, _| container::disconnect(s, "side", "c", &node.id, false)).unwrap();
    assert_eq!(shown(&world, "lone"), ["c 10.5.0.2 Active"]);
}

#[test]
fn a_backend_without_networks_joins_its_services() {
    let (mut world, node) = world();
    world.service("files", "side");
    world.service("again", "net");
    let placed = world.backend("c", &node, &[], &["web", "files", "again", "web"]);
    let mut networks: Vec<_> = placed.endpoints.iter().map(|e| e.addr.to_string()).collect();
    networks.sort_unstable();
    assert_eq!(networks, ["10.5.0.2", "10.6.0.2"]);
    assert_eq!(placed.container.services.len(), 3, "each once");
}

fn create(
    world: &World,
    node: &Node,
    request: &crate::api::types::ContainerCreate,
) -> Result<Placed, Refusal> {
    world.clone().decide(|s, g| container::create(s, request, &node.id, &ALL_FREE, g))
}

#[test]
fn a_label_names_a_service_too() {
    let (world, node) = world();
    let mut request = backend_request("c", &["net"], &[]);
    request.labels.insert(SERVICE_LABEL.to_owned(), "web".to_owned());
    assert_eq!(create(&world, &node, &request).unwrap().container.services.len(), 1);
    request.services = vec!["web".into()];
    assert_eq!(create(&world, &node, &request).unwrap().container.services.len(), 1);
    request.labels.insert(SERVICE_LABEL.to_owned(), "nope".to_owned());
    refused(create(&world, &node, &request), Kind::NotFound, &["no service 'nope'"]);
}

#[test]
fn what_cannot_be_a_backend_is_refused() {
    let (mut world, node) = world();
    world.service("lone", "");
    let refuse = |networks: &[&str], services: &[&str], kind, words: &[&str]| {
        refused(create(&world, &node, &backend_request("c", networks, services)), kind, words);
    };
    refuse(&["side"], &["web"], Kind::Invalid, &["'web'", "'net'", "'c'", "--network net"]);
    refuse(&["net"], &["nope"], Kind::NotFound, &["no service 'nope'"]);
    for mode in [Mode::None, Mode::Host] {
        let request = crate::api::types::ContainerCreate { mode, ..backend_request("c", &[], &["web"]) };
        refused(create(&world, &node, &request), Kind::Invalid, &["--service"]);
    }
}

/// The service `ports` that publishes 8080 where its backends are.
fn publishing(world: &mut World) {
    let port =
        ServicePublish { published: Some(8080), target: 80, protocol: Protocol::Tcp, mode: PortMode::Host };
    let request = ServiceCreate { ports: vec![port], ..service_request("ports", "net") };
    world.decide(|s, g| service::create(s, &request, &super::nobody(), pool(), g)).unwrap();
}

#[test]
fn a_backend_publishes_what_its_service_does() {
    let (mut world, node) = world();
    let two = world.node(2);
    publishing(&mut world);
    let placed = world.backend("c", &node, &["net"], &["ports"]);
    let [range] = &placed.container.published[..] else { panic!("one port") };
    assert_eq!((range.host_port, range.container_port, range.count), (8080, 80, 1));
    let late = create(&world, &node, &backend_request("d", &["net"], &["ports"]));
    refused(late, Kind::Conflict, &["0.0.0.0:8080/tcp", "'c'"]);
    assert!(create(&world, &two, &backend_request("d", &["net"], &["ports"])).is_ok(), "another host's port");
}

#[test]
fn a_port_that_is_added_meanwhile_is_not_missed() {
    let (mut world, node) = world();
    publishing(&mut world);
    let request = backend_request("c", &["net"], &["ports"]);
    let before = world.state();
    let (_, join) =
        world.draw(&before, |s, g| container::create(s, &request, &node.id, &ALL_FREE, g)).unwrap();
    let more = ServiceUpdate { publish_rm: vec![(80, Protocol::Tcp)], ..ServiceUpdate::default() };
    world.decide(|s, g| service::update(s, "ports", &more, pool(), g)).unwrap();
    assert_eq!(world.commit(join), Err(Conflict));
}

#[test]
fn a_node_that_goes_leaves_no_backends() {
    let (mut world, node) = world();
    world.backend("c", &node, &["net"], &["web"]);
    refused(
        world.decide(|s, _| node::remove(s, "node1", false)),
        Kind::Conflict,
        &["containers (1)", "--force"],
    );
}

/// The beginnings of the keys of all backends' records.
fn parts(world: &World) -> Vec<String> {
    let records = world.keys().into_iter().filter(|key| key.contains("/backends/"));
    records.map(|key| key.split('/').next().unwrap().to_owned()).collect()
}

#[test]
fn backends_are_moved_to_where_those_look_who_have_to_know_of_them() {
    let (mut world, node) = world();
    let count = 45;
    for n in 0..count {
        world.backend(&format!("c{n}"), &node, &["net"], &["web"]);
    }
    let before = backends(&world, "web");
    let id = world.state().service("web").unwrap().id.clone();
    let port = ServicePublish {
        published: Some(8080),
        target: 80,
        protocol: Protocol::Tcp,
        mode: PortMode::Ingress,
    };
    let add = ServiceUpdate { publish_add: vec![port], ..ServiceUpdate::default() };
    let remove = ServiceUpdate { publish_rm: vec![(80, Protocol::Tcp)], ..ServiceUpdate::default() };
    for (request, from, to) in [(add, "network", "mesh"), (remove, "mesh", "network")] {
        assert_eq!(parts(&world), vec![from; count]);
        world.decide(|s, g| service::update(s, "web", &request, pool(), g)).unwrap();
        let mut steps = Vec::new();
        while steps.last() != Some(&0) {
            let (moved, txn) = service::move_backends(&world.state(), &id);
            assert!(txn.preconditions.len().max(txn.writes.len()) <= 128, "etcd takes no more");
            world.commit(txn).unwrap();
            steps.push(moved);
            assert_eq!(backends(&world, "web"), before, "each is known at every moment");
        }
        assert_eq!(steps, [20, 20, 5, 0]);
        assert_eq!(parts(&world), vec![to; count]);
    }
}

#[test]
fn a_backend_that_changes_while_it_is_moved_is_not_moved_as_it_was() {
    let (mut world, node) = world();
    world.backend("c", &node, &["net"], &["web"]);
    let id = world.state().service("web").unwrap().id.clone();
    let port =
        ServicePublish { published: None, target: 80, protocol: Protocol::Tcp, mode: PortMode::Ingress };
    let add = ServiceUpdate { publish_add: vec![port], ..ServiceUpdate::default() };
    world.decide(|s, g| service::update(s, "web", &add, pool(), g)).unwrap();
    let (_, early) = service::move_backends(&world.state(), &id);
    start(&mut world, "c");
    assert_eq!(world.commit(early), Err(Conflict));
    let (_, txn) = service::move_backends(&world.state(), &id);
    world.commit(txn).unwrap();
    assert_eq!(shown(&world, "web"), ["c 10.5.0.2 Active"]);
}
