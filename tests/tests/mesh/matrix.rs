//! The table of who reaches a published service through which node, wherever its backends are.

use std::{
    collections::BTreeSet,
    io,
    net::{Ipv4Addr, SocketAddrV4},
};

use causeway_lab::Netns;
use causeway_tests::table::Table;

use super::{
    cast::{Cluster, Container},
    server::Server,
    talk::{self, Answer},
};

/// The roads that replies take.
const PATHS: [&str; 2] = ["symmetric", "dsr"];
/// Nodes of the cluster.
const NODES: usize = 3;
/// Conversations until every backend has been seen: one of two is missing once in 16 million times.
const TRIES: usize = 25;

/// Where a service's backends are, as a set of nodes: bit n stands for node n.
type Places = u16;

/// The port of the service that has backends there and only there.
fn port(path: usize, places: Places) -> u16 {
    8000 + 100 * u16::try_from(path).unwrap() + places
}

fn bit(node: usize) -> Places {
    1 << node
}

/// The node after a node.
fn next(node: usize) -> usize {
    node % NODES + 1
}

/// One backend on every node, and two neighbours: seen from any node, a backend is here, elsewhere, or both.
fn all_places() -> impl Iterator<Item = Places> {
    (1..=NODES).flat_map(|node| [bit(node), bit(node) | bit(next(node))])
}

struct Scene {
    cluster: Cluster,
    clients: Vec<Container>,
    _servers: Vec<(Container, Server)>,
}

impl Scene {
    fn set() -> Self {
        let cluster = Cluster::of(NODES.try_into().unwrap());
        cluster.cw(1, "network create -d overlay other");
        let services = || (0..PATHS.len()).flat_map(|path| all_places().map(move |places| (path, places)));
        for (path, places) in services() {
            let port = port(path, places);
            cluster.publish(port, &format!("--return-path {}", PATHS[path]), &format!("s{port}"));
        }
        let joined = |node| {
            let all = services().filter(move |(_, places)| places & bit(node) != 0);
            all.map(|(path, places)| format!("--service s{} ", port(path, places))).collect::<String>()
        };
        let servers = (1..=NODES).map(|n| cluster.server(n, &format!("server{n}"), &joined(n))).collect();
        let clients = (1..=NODES).map(|n| cluster.container(n, &format!("client{n}"), "--network other"));
        Self { clients: clients.collect(), _servers: servers, cluster }
    }

    /// Who asks through a node: a name, a namespace, and the address that it asks.
    fn askers(&self, node: usize) -> Vec<(String, &Netns, Ipv4Addr)> {
        let (here, host) = (self.cluster.node(node).address(), &self.cluster.node(node).netns);
        let elsewhere = next(next(node));
        vec![
            (format!("node{node} from outside"), self.cluster.outside(), here),
            (format!("node{node} from itself, 127.0.0.1"), host, Ipv4Addr::LOCALHOST),
            (format!("node{node} from itself, its address"), host, here),
            (format!("node{node} from node{elsewhere}"), &self.cluster.node(elsewhere).netns, here),
            (format!("node{node} from its container"), &self.clients[node - 1].netns, here),
            (format!("node{node} from a container elsewhere"), &self.clients[elsewhere - 1].netns, here),
        ]
    }

    /// What a row's cells say: whether all backends of the service answered there, and nobody else, and, to
    /// the outside, under the client's own address.
    fn works(&self, ask: Ask, netns: &Netns, to: SocketAddrV4, places: Places) -> bool {
        let wanted: BTreeSet<String> =
            (1..=NODES).filter(|n| places & bit(*n) != 0).map(|n| format!("server{n}")).collect();
        let outside = self.cluster.lab.client();
        let mut seen = BTreeSet::new();
        for _ in 0..TRIES {
            let answer = match ask(netns, to) {
                Ok(answer) => answer,
                Err(error) => {
                    println!("{} -> {to}: {error}", netns.name());
                    return false;
                }
            };
            if netns.name() == outside.netns.name() && *answer.seen_as.ip() != outside.address() {
                println!("{} -> {to}: seen as {}", netns.name(), answer.seen_as);
                return false;
            }
            seen.insert(answer.server);
            if seen.len() >= wanted.len() {
                break;
            }
        }
        if seen != wanted {
            println!("{} -> {to}: {seen:?} answered, {wanted:?} should", netns.name());
        }
        seen == wanted
    }
}

/// A conversation of its own.
type Ask = fn(&Netns, SocketAddrV4) -> io::Result<Answer>;

/// By streams, by datagrams of a connected socket, and by those of one that is not.
const PROTOCOLS: [(&str, Ask); 3] = [
    ("tcp", talk::ask),
    ("udp connected", |netns, to| talk::exchange(&talk::udp_to(netns, to))),
    ("udp", talk::send),
];

#[test]
fn everyone_reaches_every_backend_through_every_node() {
    let scene = Scene::set();
    let mut table = Table::default();
    for node in 1..=NODES {
        let places = [("here", bit(node)), ("there", bit(next(node))), ("both", bit(node) | bit(next(node)))];
        for (who, netns, at) in scene.askers(node) {
            for (protocol, ask) in PROTOCOLS {
                for (path, path_name) in PATHS.iter().enumerate() {
                    for (place, places) in places {
                        let to = SocketAddrV4::new(at, port(path, places));
                        let works = scene.works(ask, netns, to, places);
                        table.note(
                            &format!("{who}, {protocol}"),
                            &format!("{place} {path_name}"),
                            works,
                            true,
                        );
                    }
                }
            }
        }
    }
    table.check();
    scene.cluster.assert_no_drops();
}
