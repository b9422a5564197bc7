//! Which ports of the host a container gets.

use super::{
    ALL_FREE, Conflict, HostPorts, Kind, PortUse, World, container, container_request, network, refused,
};
use crate::{
    api::types::{ContainerCreate, Expose, Mode, NetworkCreate, PortRange, PublishRequest},
    desired::{Placed, Refusal},
    ipam::HOST_BINDING,
    model::{Driver, Node, Protocol, PublishedRange},
};

/// `-p` as tests write it: `[IP:][HOST[-END]:]PORT[-END]/PROTOCOL`.
fn publish(text: &str) -> PublishRequest {
    let (ports, protocol) = text.split_once('/').unwrap();
    let mut parts = ports.rsplit(':');
    let range = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        PortRange { first: first.parse().unwrap(), last: last.parse().unwrap() }
    };
    PublishRequest {
        container: range(parts.next().unwrap()),
        host: parts.next().map(range),
        host_ip: parts.next().map(|ip| ip.parse().unwrap()),
        protocol: if protocol == "tcp" { Protocol::Tcp } else { Protocol::Udp },
        sources: Vec::new(),
    }
}

fn publishing(name: &str, specs: &[&str]) -> ContainerCreate {
    let publish = specs.iter().map(|s| publish(s)).collect();
    ContainerCreate { publish, ..container_request(name, &["web"]) }
}

fn shown(ranges: &[PublishedRange]) -> Vec<String> {
    let one = |r: &PublishedRange| {
        let (host, inner) = (r.host_ports(), r.container_ports());
        format!(
            "{}:{}-{}:{}-{}/{}",
            r.host_ip,
            host.start(),
            host.end(),
            inner.start(),
            inner.end(),
            r.protocol
        )
    };
    ranges.iter().map(one).collect()
}

/// A node with the bridge network `web`.
fn world() -> (World, Node) {
    let mut world = World::default();
    let node = world.node(1);
    world.bridge("web", &node, &[]);
    (world, node)
}

fn create(
    world: &mut World,
    node: &Node,
    request: &ContainerCreate,
    ports: &HostPorts<'_>,
) -> Result<Placed, Refusal> {
    world.decide(|s, g| container::create(s, request, &node.id, ports, g))
}

fn ranges(world: &mut World, node: &Node, name: &str, specs: &[&str]) -> Result<Vec<String>, Refusal> {
    create(world, node, &publishing(name, specs), &ALL_FREE).map(|p| shown(&p.container.published))
}

#[test]
fn ranges_are_matched_port_by_port() {
    let (mut world, node) = world();
    let got =
        ranges(&mut world, &node, "a", &["8080:80/tcp", "127.0.0.1:53:53/udp", "10000-20000:5000-15000/udp"]);
    assert_eq!(
        got.unwrap(),
        ["0.0.0.0:8080-8080:80-80/tcp", "127.0.0.1:53-53:53-53/udp", "0.0.0.0:10000-20000:5000-15000/udp"]
    );
    let state = world.state();
    let range = &state.container("a").unwrap().published[2];
    assert_eq!((range.pairs().count(), range.pairs().last()), (10_001, Some((20_000, 15_000))));
    let whole = ranges(&mut world, &node, "b", &["127.0.0.2:1-65535:1-65535/tcp"]);
    refused(whole, Kind::Conflict, &["port 127.0.0.2:8080/tcp", "'a'"]);
}

#[test]
fn wrong_ranges_are_refused() {
    let (mut world, node) = world();
    for (spec, words) in [
        ("1-3:1-2/tcp", ["1-3", "1-2"]),
        ("1:1-2/tcp", ["1 and", "1-2"]),
        ("2-1:80/tcp", ["2-1", "no range"]),
        ("0:80/tcp", ["0 is", "no range"]),
        ("80-79/udp", ["80-79", "no range"]),
    ] {
        refused(ranges(&mut world, &node, "a", &[spec]), Kind::Invalid, &words);
    }
    assert!(world.state().containers.is_empty());
}

#[test]
fn two_containers_never_have_one_port() {
    let (mut world, node) = world();
    ranges(&mut world, &node, "any", &["8000-8010:80-90/tcp"]).unwrap();
    ranges(&mut world, &node, "one", &["10.9.9.9:9000:80/tcp"]).unwrap();
    for (spec, port, holder) in [
        ("8010:1/tcp", "0.0.0.0:8010/tcp", "'any'"),
        ("127.0.0.1:8005:1/tcp", "127.0.0.1:8005/tcp", "'any'"),
        ("7990-8000:1-11/tcp", "0.0.0.0:8000/tcp", "'any'"),
        ("9000:1/tcp", "0.0.0.0:9000/tcp", "'one'"),
        ("10.9.9.9:9000:1/tcp", "10.9.9.9:9000/tcp", "'one'"),
    ] {
        refused(ranges(&mut world, &node, "late", &[spec]), Kind::Conflict, &[port, holder]);
    }
    for fine in ["8010:1/udp", "8011:1/tcp", "10.9.9.8:9000:1/tcp"] {
        assert!(ranges(&mut world.clone(), &node, "late", &[fine]).is_ok(), "{fine}");
    }
    let twice = ranges(&mut world, &node, "late", &["70:1/tcp", "60-75:1-16/tcp"]);
    refused(twice, Kind::Invalid, &["0.0.0.0:70/tcp", "twice"]);
    let two = world.node(2);
    world.bridge("web", &two, &[]);
    assert!(ranges(&mut world, &two, "late", &["8000:80/tcp"]).is_ok(), "another host's ports");
}

#[test]
fn an_exited_container_gives_its_ports_back() {
    let (mut world, node) = world();
    ranges(&mut world, &node, "a", &["80:80/tcp"]).unwrap();
    world.decide(|s, _| container::exit(s, "a", 0, 0)).unwrap();
    assert_eq!(shown(&world.state().container("a").unwrap().published), ["0.0.0.0:80-80:80-80/tcp"]);
    assert!(ranges(&mut world, &node, "b", &["80:80/tcp"]).is_ok());
}

#[test]
fn of_two_that_publish_at_once_one_decides_again() {
    let (mut world, node) = world();
    let before = world.state();
    let (a, b) = (publishing("a", &["80:80/tcp"]), publishing("b", &["80:80/tcp"]));
    let (_, first) = world.draw(&before, |s, g| container::create(s, &a, &node.id, &ALL_FREE, g)).unwrap();
    // By a wished address, so that nothing but the port is in the way.
    let mut b = b;
    b.networks[0].ip = Some("172.17.0.9".parse().unwrap());
    let (_, late) = world.draw(&before, |s, g| container::create(s, &b, &node.id, &ALL_FREE, g)).unwrap();
    world.commit(first).unwrap();
    assert_eq!(world.commit(late), Err(Conflict));
    refused(create(&mut world, &node, &b, &ALL_FREE), Kind::Conflict, &["0.0.0.0:80/tcp", "'a'"]);
}

#[test]
fn the_hosts_own_ports_are_not_taken() {
    let (mut world, node) = world();
    let used = |addr: std::net::Ipv4Addr, protocol, port| match (addr.octets()[0], protocol, port) {
        (9, ..) => PortUse::NoSuchAddress,
        (_, Protocol::Tcp, 8005) => PortUse::Taken,
        _ => PortUse::Free,
    };
    let ports = HostPorts { used: &used, ..ALL_FREE };
    let mut run = |name: &str, spec: &str| create(&mut world, &node, &publishing(name, &[spec]), &ports);
    refused(run("a", "8000-8010:1-11/tcp"), Kind::Conflict, &["0.0.0.0:8005/tcp", "process of the host"]);
    refused(run("a", "9.9.9.9:80:80/tcp"), Kind::Invalid, &["9.9.9.9", "not an address of this host"]);
    refused(run("a", "9.9.9.9:1-9:80/tcp"), Kind::Invalid, &["9.9.9.9"]);
    assert!(run("a", "8000-8010:1-11/udp").is_ok());
}

#[test]
fn a_port_that_nobody_names_is_a_free_one() {
    let (mut world, node) = world();
    let used = |_, _, port| if port % 10 < 3 { PortUse::Taken } else { PortUse::Free };
    let reserved = [32770..=32779];
    let at = |seed| HostPorts { seed, chosen_from: (32768, 32799), reserved: &reserved, used: &used };
    let mut run = |name: &str, spec: &str, seed| {
        let placed = create(&mut world, &node, &publishing(name, &[spec]), &at(seed));
        placed.map(|p| shown(&p.container.published)[0].clone())
    };
    assert_eq!(run("a", "80/tcp", 0).unwrap(), "0.0.0.0:32768-32768:80-80/tcp");
    assert_eq!(run("b", "80/tcp", 32).unwrap(), "0.0.0.0:32769-32769:80-80/tcp", "the first is a's");
    assert_eq!(run("c", "80/tcp", 2).unwrap(), "0.0.0.0:32783-32783:80-80/tcp", "reserved, then the host's");
    assert_eq!(run("d", "1-7/tcp", 5).unwrap(), "0.0.0.0:32793-32799:1-7/tcp", "in a row");
    assert_eq!(run("e", "1-6/tcp", 30).unwrap(), "0.0.0.0:32784-32789:1-6/tcp", "from the first again");
    refused(run("f", "1-7/tcp", 0), Kind::Conflict, &["no 7 ports in a row", "32768-32799/tcp", "0.0.0.0"]);
    assert_eq!(run("g", "1-7/udp", 0).unwrap(), "0.0.0.0:32783-32789:1-7/udp");
    assert_eq!(run("h", "100-120:80/tcp", 0).unwrap(), "0.0.0.0:103-103:80-80/tcp", "one of several");
    assert_eq!(run("i", "100-120:80/tcp", 7).unwrap(), "0.0.0.0:104-104:80-80/tcp");
}

#[test]
fn a_chosen_port_leaves_named_ones_alone() {
    let (mut world, node) = world();
    let got = ranges(&mut world, &node, "a", &["80/tcp", "32768:81/tcp"]).unwrap();
    assert_eq!(got, ["0.0.0.0:32768-32768:81-81/tcp", "0.0.0.0:32769-32769:80-80/tcp"]);
}

#[test]
fn what_is_exposed_is_published_by_a_capital_p() {
    let (mut world, node) = world();
    let expose = |first, last| Expose { ports: PortRange { first, last }, protocol: Protocol::Tcp };
    let mut request = publishing("a", &["8080:81/tcp"]);
    request.expose = vec![expose(80, 82)];
    let plain =
        create(&mut world, &node, &ContainerCreate { name: Some("b".into()), ..request.clone() }, &ALL_FREE);
    assert_eq!(shown(&plain.unwrap().container.published).len(), 1, "exposed is not published");
    world.decide(|s, _| container::remove(s, "b")).unwrap();
    request.publish_all = true;
    let all = create(&mut world, &node, &request, &ALL_FREE).unwrap().container;
    assert_eq!(all.exposed, [(80, 82, Protocol::Tcp)]);
    assert_eq!(
        shown(&all.published),
        ["0.0.0.0:8080-8080:81-81/tcp", "0.0.0.0:32768-32768:80-80/tcp", "0.0.0.0:32769-32769:82-82/tcp"]
    );
}

#[test]
fn the_network_says_where_ports_are_published() {
    let (mut world, node) = world();
    let mut create_network = |name: &str, internal, binding: &str| {
        let mut request =
            NetworkCreate { driver: Driver::Bridge, internal, ..super::network_request(name, &[]) };
        request.options.insert(HOST_BINDING.to_owned(), binding.to_owned());
        world.decide(|s, g| network::create(s, &request, &node.id, &[], g)).unwrap()
    };
    create_network("inner", true, "127.0.0.7");
    create_network("bound", false, "127.0.0.1");
    let on = |networks: &[&str]| ContainerCreate {
        publish: vec![publish("80:80/tcp")],
        ..container_request("a", networks)
    };
    let got = |world: &World, networks: &[&str]| {
        let placed = create(&mut world.clone(), &node, &on(networks), &ALL_FREE)?;
        Ok::<_, Refusal>(shown(&placed.container.published)[0].clone())
    };
    assert_eq!(got(&world, &["inner", "bound", "web"]).unwrap(), "127.0.0.1:80-80:80-80/tcp");
    assert_eq!(got(&world, &["web", "bound"]).unwrap(), "0.0.0.0:80-80:80-80/tcp");
    refused(got(&world, &["inner"]), Kind::Invalid, &["'a'", "way out", "--internal"]);
    for mode in [Mode::None, Mode::Host] {
        let request = ContainerCreate { mode, ..on(&[]) };
        refused(create(&mut world, &node, &request, &ALL_FREE), Kind::Invalid, &["-p belongs to a network"]);
    }
}

#[test]
fn more_than_the_dataplane_holds_is_refused() {
    let (mut world, node) = world();
    ranges(&mut world, &node, "a", &["1-60000:1-60000/tcp"]).unwrap();
    let refusal = ranges(&mut world.clone(), &node, "b", &["1-6000:1-6000/udp"]);
    refused(refusal, Kind::Conflict, &["at most 65536 ports"]);
    let refusal = ranges(&mut world.clone(), &node, "b", &["127.0.0.1:1-3000:1-3000/udp"]);
    refused(refusal, Kind::Conflict, &["counted twice"]);
    assert!(ranges(&mut world, &node, "b", &["1-5536:1-5536/udp"]).is_ok());
    let mut request = publishing("c", &["1:1/udp"]);
    request.publish[0].host = Some(PortRange::one(60_001));
    request.publish[0].sources = vec!["10.0.0.0/8".parse().unwrap(); 16_385];
    world.decide(|s, _| container::remove(s, "b")).unwrap();
    refused(create(&mut world, &node, &request, &ALL_FREE), Kind::Conflict, &["at most 16384 sources"]);
}
