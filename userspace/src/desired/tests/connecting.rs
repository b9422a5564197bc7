//! Networks that come and go while a container runs, and namespaces that are not its own.

use std::collections::BTreeSet;

use super::{
    ALL_FREE, Conflict, Given, Kind, State, World, attach_to, container, container_request, network, refused,
};
use crate::{
    api::types::{Attach, ContainerCreate, Mode},
    desired::{Placed, Refusal},
    model::{ContainerState, HOST_NETNS, Id, NetworkMode, Node},
    store::Txn,
};

/// A node with the networks `web`, `db` and `wide` (of the cluster), and the running container `c` in `web`.
fn world() -> (World, Node) {
    let mut world = World::default();
    let node = world.node(1);
    world.bridge("web", &node, &["10.5.0.0/24"]);
    world.bridge("db", &node, &["10.6.0.0/24"]);
    world.network("wide", &["10.7.0.0/24"]);
    world.container("c", &node, &["web"]);
    world.decide(|s, _| container::start(s, "c", 7, 1)).unwrap();
    (world, node)
}

fn connects<'r>(
    name: &'r str,
    attach: Attach,
    node: &'r Id,
    ifnames: &'r [&'r str],
) -> impl FnOnce(&State, &mut Given<'_>) -> Result<(Placed, Txn), Refusal> + 'r {
    let ifnames: BTreeSet<_> = ifnames.iter().map(ToString::to_string).collect();
    move |s, g| container::connect(s, name, &attach, node, &ifnames, g)
}

fn networks(world: &World, name: &str) -> Vec<String> {
    let state = world.state();
    let id = state.container(name).unwrap().id.clone();
    let shown =
        |e: &&crate::model::Endpoint| format!("{} {} {}", e.ifname, state.networks[&e.network].name, e.addr);
    state.endpoints_of_container(&id).iter().map(shown).collect()
}

#[test]
fn networks_come_and_go() {
    let (mut world, node) = world();
    let mut wish = attach_to("db");
    wish.ip = Some("10.6.0.9".parse().unwrap());
    wish.aliases = vec!["alias".into()];
    let placed = world.decide(connects("c", wish, &node.id, &["lo", "eth0", "eth1"])).unwrap();
    let [new] = &placed.endpoints[..] else { panic!("the new one alone") };
    assert_eq!(
        (new.ifname.as_str(), new.aliases.as_slice(), new.fixed),
        ("eth2", &["alias".into()][..], true)
    );
    world.decide(connects("c", attach_to("wide"), &node.id, &["lo"])).unwrap();
    assert_eq!(networks(&world, "c"), ["eth0 web 10.5.0.2", "eth1 wide 10.7.0.2", "eth2 db 10.6.0.9"]);
    let gone = world.decide(|s, _| container::disconnect(s, "web", "c", &node.id, false)).unwrap();
    assert_eq!(gone.endpoints[0].ifname, "eth0");
    world.decide(|s, _| network::remove(s, "web", &node.id)).unwrap();
    world.decide(|s, _| container::disconnect(s, "db", "c", &node.id, false)).unwrap();
    world.decide(connects("c", attach_to("db"), &node.id, &["lo", "eth1"])).unwrap();
    assert_eq!(networks(&world, "c"), ["eth0 db 10.6.0.2", "eth1 wide 10.7.0.2"], "names are used again");
    let state = world.state();
    assert_eq!(state.way_out(&placed.container.id).unwrap().1.name, "db");
    assert!(matches!(state.container("c").unwrap().state, ContainerState::Running { pid: 7, .. }));
}

#[test]
fn an_address_left_behind_rests() {
    let mut world = World::default();
    let node = world.node(1);
    world.bridge("tiny", &node, &["10.9.0.0/29"]);
    for name in ["a", "b", "c", "d"] {
        world.container(name, &node, &["tiny"]);
    }
    // The search would go on at .6, then at .2.
    world.decide(|s, _| container::disconnect(s, "tiny", "b", &node.id, false)).unwrap();
    world.decide(|s, _| container::exit(s, "a", 0, 0)).unwrap();
    let mut addr = |name: &str| world.container(name, &node, &["tiny"]).endpoints[0].addr.to_string();
    assert_eq!([addr("e"), addr("f"), addr("g")], ["10.9.0.6", "10.9.0.3", "10.9.0.2"]);
}

#[test]
fn what_cannot_be_connected_is_refused() {
    let (mut world, node) = world();
    let two = world.node(2);
    world.container("far", &two, &["wide"]);
    world.container("gone", &node, &["web"]);
    world.decide(|s, _| container::exit(s, "gone", 0, 2)).unwrap();
    let connect =
        |name: &str, network: &str| world.clone().decide(connects(name, attach_to(network), &node.id, &[]));
    refused(connect("c", "web"), Kind::Conflict, &["'c'", "in network 'web' already"]);
    refused(connect("c", "nope"), Kind::NotFound, &["no network 'nope'"]);
    refused(connect("nope", "web"), Kind::NotFound, &["no container 'nope'"]);
    refused(connect("far", "web"), Kind::Conflict, &["'far'", "'node2'"]);
    refused(connect("gone", "db"), Kind::Conflict, &["'gone'", "not running"]);
    let disconnect = |network: &str, name: &str| {
        world.clone().decide(|s, _| container::disconnect(s, network, name, &node.id, false))
    };
    refused(disconnect("db", "c"), Kind::NotFound, &["'c' is not in network 'db'"]);
    refused(disconnect("none", "c"), Kind::NotFound, &["'c' is not in network 'none'"]);
    refused(disconnect("wide", "far"), Kind::Conflict, &["'far'", "'node2'"]);
}

#[test]
fn force_takes_the_endpoint_of_a_node_that_is_down() {
    let (mut world, node) = world();
    let two = world.node(2);
    world.container("far", &two, &["wide"]);
    let force = |s: &State| container::disconnect(s, "wide", "far", &node.id, true);
    let mut alive = world.clone();
    alive.alive(&two, 1);
    refused(alive.decide(|s, _| force(s)), Kind::Conflict, &["'node2'"]);
    world.decide(|s, _| force(s)).unwrap();
    assert_eq!(networks(&world, "far"), Vec::<String>::new());
}

#[test]
fn of_an_exit_and_a_connection_at_once_one_decides_again() {
    let (mut world, node) = world();
    let before = world.state();
    let (_, connection) = world.draw(&before, connects("c", attach_to("db"), &node.id, &[])).unwrap();
    let (_, exit) = world.draw(&before, |s, _| container::exit(s, "c", 0, 2)).unwrap();
    let mut other = world.clone();
    world.commit(exit.clone()).unwrap();
    assert_eq!(world.commit(connection.clone()), Err(Conflict));
    other.commit(connection).unwrap();
    assert_eq!(other.commit(exit), Err(Conflict), "or an endpoint would stay behind");
}

fn mode_request(name: &str, mode: Mode) -> ContainerCreate {
    ContainerCreate { mode, ..container_request(name, &[]) }
}

fn create(world: &World, node: &Node, request: &ContainerCreate) -> Result<Placed, Refusal> {
    world.clone().decide(|s, g| container::create(s, request, &node.id, &ALL_FREE, g))
}

#[test]
fn a_container_with_none_is_freed_before_it_is_connected() {
    let (mut world, node) = world();
    world.container("lonely", &node, &[]);
    let connect = |world: &mut World| world.decide(connects("lonely", attach_to("db"), &node.id, &[]));
    refused(connect(&mut world), Kind::Conflict, &["network disconnect none lonely"]);
    let freed = world.decide(|s, _| container::disconnect(s, "none", "lonely", &node.id, false)).unwrap();
    assert_eq!((freed.container.network_mode, freed.endpoints.len()), (NetworkMode::Attached, 0));
    connect(&mut world).unwrap();
    assert_eq!(networks(&world, "lonely"), ["eth0 db 10.6.0.2"]);
}

#[test]
fn namespaces_are_shared() {
    let (mut world, node) = world();
    let host = create(&world, &node, &mode_request("h", Mode::Host)).unwrap();
    assert_eq!(host.container.network_mode, NetworkMode::Host);
    assert_eq!(host.container.netns, std::path::Path::new(HOST_NETNS));
    assert!(host.endpoints.is_empty() && !host.container.owns_netns());
    let c = world.state().container("c").unwrap().clone();
    assert!(c.owns_netns());
    for name in ["c", c.id.as_str(), c.id.short()] {
        let request = mode_request("side", Mode::Container(name.into()));
        let side = create(&world, &node, &request).unwrap();
        assert_eq!(side.container.network_mode, NetworkMode::Container(c.id.clone()));
        assert_eq!(side.container.netns, c.netns);
        assert!(side.endpoints.is_empty() && !side.container.owns_netns());
    }
    let request = mode_request("side", Mode::Container("c".into()));
    world.decide(|s, g| container::create(s, &request, &node.id, &ALL_FREE, g)).unwrap();
    for refusal in [
        world.clone().decide(connects("side", attach_to("db"), &node.id, &[])),
        world.clone().decide(|s, _| container::disconnect(s, "web", "side", &node.id, false)),
    ] {
        refused(refusal, Kind::Invalid, &["'side'", "that of container", c.id.short()]);
    }
}

#[test]
fn a_namespace_that_ends_meanwhile_is_not_joined() {
    let (mut world, node) = world();
    let before = world.state();
    let request = mode_request("side", Mode::Container("c".into()));
    let (_, join) =
        world.draw(&before, |s, g| container::create(s, &request, &node.id, &ALL_FREE, g)).unwrap();
    world.decide(|s, _| container::exit(s, "c", 0, 2)).unwrap();
    assert_eq!(world.commit(join), Err(Conflict));
    let again = world.decide(|s, g| container::create(s, &request, &node.id, &ALL_FREE, g));
    refused(again, Kind::Conflict, &["'c' is not running"]);
}

#[test]
fn what_does_not_go_with_a_mode_is_refused() {
    let (mut world, node) = world();
    let two = world.node(2);
    world.container("far", &two, &["wide"]);
    let with = |mode: Mode, change: fn(&mut ContainerCreate)| {
        let mut request = mode_request("x", mode);
        change(&mut request);
        create(&world, &node, &request)
    };
    let shared = || Mode::Container("c".into());
    refused(with(Mode::Container("x".into()), |_| ()), Kind::Invalid, &["container:x", "itself"]);
    refused(with(Mode::Container("nope".into()), |_| ()), Kind::NotFound, &["'nope'"]);
    refused(with(Mode::Container("far".into()), |_| ()), Kind::Conflict, &["'far'", "'node2'"]);
    for mode in [Mode::None, Mode::Host, shared()] {
        refused(with(mode, |r| r.networks = vec![attach_to("web")]), Kind::Invalid, &["stands alone"]);
    }
    refused(with(shared(), |r| r.hostname = Some("h".into())), Kind::Invalid, &["--hostname", "container:c"]);
    refused(
        with(shared(), |r| r.files.extra_hosts = vec!["a:10.0.0.1".into()]),
        Kind::Invalid,
        &["--add-host"],
    );
    refused(with(shared(), |r| r.files.dns = vec!["9.9.9.9".parse().unwrap()]), Kind::Invalid, &["--dns"]);
    assert!(with(Mode::Host, |r| r.hostname = Some("h".into())).is_ok());
    assert!(with(Mode::Host, |r| r.files.dns = vec!["9.9.9.9".parse().unwrap()]).is_ok());
    refused(with(Mode::None, |r| r.files.dns_search = vec!["a b".into()]), Kind::Invalid, &["'a b'"]);
    refused(with(Mode::None, |r| r.files.extra_hosts = vec!["a".into()]), Kind::Invalid, &["'a'", "NAME:IP"]);
}
