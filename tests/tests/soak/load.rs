//! The load: numbered packets and connections on every kind of road.

use std::net::{IpAddr, SocketAddr};

use causeway_lab::Netns;

use super::{
    cast::{BRIEF, Cluster, Container, FORT, SHOP, TARGET},
    post::{Post, socket, socket_to},
    talk::{Server, Talk},
};

/// Where packets for a container alone arrive.
const EAR: u16 = 7001;

/// Streams that end at those who come and go.
pub(crate) struct Passing {
    /// Of the service, with their answers.
    pub(crate) shop: Vec<(u32, Option<u32>)>,
    /// To the container that is replaced.
    pub(crate) brief: u32,
}

/// Who stays.
pub(crate) struct Standing {
    pub(crate) passing: Passing,
    pub(crate) talks: Vec<Talk>,
    pub(crate) containers: Vec<Container>,
    _servers: Vec<Server>,
}

impl Standing {
    pub(crate) fn begin(cluster: &Cluster, post: &Post) -> Self {
        let containers: Vec<Container> = [(1, "a1"), (1, "b1"), (2, "a2"), (3, "a3")]
            .map(|(node, name)| cluster.container(node, name, ""))
            .into();
        let [a1, b1, a2, a3] = &containers[..] else { unreachable!() };
        for (from, to) in [(a1, a2), (a2, a3), (a3, a1), (a1, b1), (b1, a1)] {
            one_way(post, from, to);
        }
        let outside = &cluster.lab.client().netns;
        let client = SocketAddr::from((cluster.lab.client().address(), TARGET));
        let egress = answered(post, "a2 to the outside");
        post.receive("the outside", socket(outside, TARGET), vec![egress]);
        ask(post, &a2.netns, client, egress, true);

        let askers = askers(cluster, [a1, a3]);
        let shop: Vec<_> = askers.iter().map(|asker| answered(post, asker.0)).collect();
        let brief = post.stream("a1 to brief");
        post.send(brief, &socket(&a1.netns, 0), Some(address(BRIEF.1.parse().unwrap(), EAR)));
        let passing = Passing { shop, brief };
        let backends =
            [(1, "s1"), (2, "s2")].map(|(node, name)| cluster.container(node, name, "--service shop"));
        backends.iter().for_each(|backend| passing.serve(post, backend));
        for ((_, from, to, connected), streams) in askers.into_iter().zip(&passing.shop) {
            ask(post, from, to, *streams, connected);
        }
        let mut containers: Vec<Container> = containers.into_iter().chain(backends).collect();
        let (talks, servers) = talks(cluster, &mut containers);
        Self { passing, talks, containers, _servers: servers }
    }
}

impl Passing {
    /// A backend begins to answer.
    pub(crate) fn serve(&self, post: &Post, backend: &Container) {
        post.receive(&backend.name, socket(&backend.netns, TARGET), self.shop.clone());
        if backend.name == BRIEF.0 {
            post.receive(&backend.name, socket(&backend.netns, EAR), vec![(self.brief, None)]);
        }
    }
}

fn address(ip: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(ip, port)
}

/// From a container to another.
fn one_way(post: &Post, from: &Container, to: &Container) {
    let stream = post.stream(&format!("{} to {}", from.name, to.name));
    let port = EAR + u16::try_from(stream).unwrap();
    post.receive(&to.name, socket(&to.netns, port), vec![(stream, None)]);
    post.send(stream, &socket(&from.netns, 0), Some(address(to.ip.into(), port)));
}

/// A stream and that of its answers.
fn answered(post: &Post, name: &str) -> (u32, Option<u32>) {
    let stream = post.stream(name);
    (stream, Some(post.stream(&format!("answers to {name}"))))
}

/// Asks, and takes the answers.
fn ask(post: &Post, from: &Netns, to: SocketAddr, streams: (u32, Option<u32>), connected: bool) {
    let own = if connected { socket_to(from, to) } else { socket(from, 0) };
    post.send(streams.0, &own, (!connected).then_some(to));
    post.receive("who asked", own, streams.1.map(|answers| (answers, None)).into_iter().collect());
}

/// Who asks the service: its name, where it asks from, whom, and whether its socket is connected.
type Asker<'a> = (&'a str, &'a Netns, SocketAddr, bool);

/// From the outside by two nodes, and from two containers.
fn askers<'a>(cluster: &'a Cluster, [a1, a3]: [&'a Container; 2]) -> [Asker<'a>; 4] {
    let (outside, vip) = (&cluster.lab.client().netns, address(cluster.vip("shop").into(), TARGET));
    let by = |node| address(cluster.node(node).address().into(), SHOP);
    [
        ("the outside by node1", outside, by(1), true),
        ("the outside by node3", outside, by(3), false),
        ("a1 to the service", &a1.netns, vip, true),
        ("a3 to the service", &a3.netns, vip, false),
    ]
}

/// Connections to those who stay.
fn talks(cluster: &Cluster, containers: &mut Vec<Container>) -> (Vec<Talk>, Vec<Server>) {
    for (node, name) in [(1, "f1"), (3, "f3")] {
        containers.push(cluster.container(node, name, "--service fort"));
    }
    let outside = cluster.lab.client();
    let mut servers: Vec<Server> =
        containers.iter().map(|container| Server::start(&container.netns, TARGET)).collect();
    servers.push(Server::start(&outside.netns, TARGET));
    let [a1, b1, a2, a3, ..] = &containers[..] else { unreachable!() };
    let fort = address(cluster.vip("fort").into(), TARGET);
    let by = |node| address(cluster.node(node).address().into(), FORT);
    let to = |container: &Container| address(container.ip.into(), TARGET);
    let talks = vec![
        Talk::begin("a1 with a2", &a1.netns, to(a2), false),
        Talk::begin("a2 with a3", &a2.netns, to(a3), false),
        Talk::begin("b1 with a1", &b1.netns, to(a1), false),
        Talk::begin("a3 with the outside", &a3.netns, address(outside.address().into(), TARGET), false),
        Talk::begin("a2 with the service", &a2.netns, fort, true),
        Talk::begin("the outside by node2", &outside.netns, by(2), true),
        Talk::begin("the outside by node1", &outside.netns, by(1), true),
    ];
    (talks, servers)
}
