//! Conversations stay with their backends while others come and go, and while they themselves move from
//! node to node.

use std::{
    mem::offset_of,
    net::{Ipv4Addr, SocketAddrV4, TcpStream, UdpSocket},
    thread,
    time::Duration,
};

use causeway_common::{Ingress, names};
use causeway_lab::{Netns, ip, wait};
use causeway_tests::dataplane::pins;
use serde_json::Value;

use super::{
    cast::{Cluster, Container, PORT, SOON},
    server::Server,
    talk::{self, Answer},
};

/// Conversations of each kind through each node.
const MANY: usize = 10;

/// A conversation under way, and what it was told at its beginning.
struct Conversation {
    ends: Ends,
    told: Answer,
}

enum Ends {
    Tcp(TcpStream),
    Udp(UdpSocket),
}

impl Conversation {
    fn begin(netns: &Netns, to: SocketAddrV4, tcp: bool) -> Self {
        let ends = if tcp {
            Ends::Tcp(talk::connect(netns, to).unwrap())
        } else {
            Ends::Udp(talk::udp_to(netns, to))
        };
        let told = ends.ask().unwrap();
        Self { ends, told }
    }
}

impl Ends {
    fn ask(&self) -> std::io::Result<Answer> {
        match self {
            Self::Tcp(stream) => talk::on(stream),
            Self::Udp(socket) => talk::exchange(socket),
        }
    }

    fn is_tcp(&self) -> bool {
        matches!(self, Self::Tcp(_))
    }
}

/// Conversations of a namespace with some addresses.
fn begin(netns: &Netns, addresses: &[SocketAddrV4]) -> Vec<Conversation> {
    let both = [true, false];
    let kinds = addresses.iter().flat_map(|to| both.map(|tcp| (*to, tcp)));
    kinds.flat_map(|(to, tcp)| (0..MANY).map(move |_| Conversation::begin(netns, to, tcp))).collect()
}

/// All are told what they were told at their beginning.
fn assert_kept<'c>(all: impl IntoIterator<Item = &'c Conversation>, when: &str) {
    for (number, conversation) in all.into_iter().enumerate() {
        let kind = if conversation.ends.is_tcp() { "tcp" } else { "udp" };
        let now = conversation.ends.ask();
        assert_eq!(now.as_ref().ok(), Some(&conversation.told), "{when}: {kind} {number}: {now:?}");
    }
}

/// Servers on nodes 1 and 2 of three.
fn scene(config: &str) -> (Cluster, Vec<(Container, Server)>) {
    let cluster = Cluster::with_config(3, config);
    cluster.publish(PORT, "", "shop");
    let servers = [(1, "one"), (2, "two")].map(|(node, name)| cluster.server(node, name, "--service shop"));
    (cluster, servers.into())
}

fn everywhere(cluster: &Cluster) -> Vec<SocketAddrV4> {
    (1..=cluster.size()).map(|node| cluster.at(node, PORT)).collect()
}

/// Nobody new is led to a backend.
fn assert_shunned(cluster: &Cluster, backend: &str) {
    for to in everywhere(cluster) {
        for _ in 0..20 {
            assert_ne!(talk::ask(cluster.outside(), to).unwrap().server, backend, "{to}");
            assert_ne!(talk::send(cluster.outside(), to).unwrap().server, backend, "{to}");
        }
    }
}

#[test]
fn who_has_begun_stays_while_backends_are_added_and_drained() {
    let (cluster, mut servers) = scene("");
    let all = begin(cluster.outside(), &everywhere(&cluster));
    servers.push(cluster.server(3, "three", "--service shop"));
    assert_kept(&all, "a backend was added");
    let newer = begin(cluster.outside(), &everywhere(&cluster));
    assert!(newer.iter().any(|c| c.told.server == "three"));
    cluster.cw(2, "service update --drain one shop");
    assert_kept(all.iter().chain(&newer), "one drains");
    assert_shunned(&cluster, "one");
    cluster.cw(1, "service update --undrain one shop");
    assert_kept(all.iter().chain(&newer), "one is back");
    cluster.cw(3, "rm -f three");
    let rest = all.iter().chain(&newer).filter(|c| c.told.server != "three");
    assert_kept(rest, "three is gone");
    cluster.assert_no_drops();
}

#[test]
fn who_talks_stays_when_the_change_is_long_over() {
    let (cluster, mut servers) = scene("[mesh]\ndrain_window = 1\n");
    let all = begin(cluster.outside(), &everywhere(&cluster));
    servers.push(cluster.server(3, "three", "--service shop"));
    for round in 0..8 {
        assert_kept(&all, &format!("round {round}"));
        thread::sleep(Duration::from_millis(500));
    }
    cluster.cw(2, "service update --drain one shop");
    for round in 0..8 {
        assert_kept(&all, &format!("round {round} while one drains"));
        thread::sleep(Duration::from_millis(500));
    }
}

/// Whether the ring before the last changes is still asked on a node.
fn is_unsettled(cluster: &Cluster, node: u8) -> bool {
    let bpf_dir = cluster.lab.layout().bpf_dir(node);
    let pin = bpf_dir.join(names::LAYOUT).join("maps").join(names::INGRESS);
    let shown = pins::bpftool(&format!("map dump pinned {}", pin.display())).unwrap();
    let at = offset_of!(Ingress, before_slots);
    let of_port =
        |entry: &Value| entry["value"].as_array().unwrap()[at..at + 4].iter().any(|byte| byte != "0x00");
    let ports = shown.as_array().unwrap();
    assert!(!ports.is_empty());
    ports.iter().any(of_port)
}

#[test]
fn every_change_is_over_when_its_window_is() {
    let (cluster, mut servers) = scene("[mesh]\ndrain_window = 5\n");
    for name in ["three", "four"] {
        servers.push(cluster.server(3, name, "--service shop"));
        assert!(is_unsettled(&cluster, 1), "{name} was added");
        wait::until("the ring is settled", 3 * SOON, || Ok(!is_unsettled(&cluster, 1))).unwrap();
    }
}

#[test]
fn daemons_that_start_again_lose_nobody() {
    let (mut cluster, mut servers) = scene("");
    let all = begin(cluster.outside(), &everywhere(&cluster));
    servers.push(cluster.server(3, "three", "--service shop"));
    assert_kept(&all, "a backend was added");
    for node in 1..=3 {
        cluster.lab.node_mut(node).kill_daemon();
    }
    assert_kept(&all, "no daemon runs");
    let newer = begin(cluster.outside(), &everywhere(&cluster));
    for node in 1..=3 {
        cluster.lab.node_mut(node).start_daemon().unwrap();
    }
    for node in 1..=3 {
        cluster.node(node).wait_ready(3).unwrap();
    }
    assert_kept(all.iter().chain(&newer), "the daemons are back");
    servers.push(cluster.server(1, "four", "--service shop"));
    assert_kept(all.iter().chain(&newer), "another backend was added");
}

/// An address that all nodes have, and the outside reaches through one of them.
const ANYCAST: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 80);

fn anycast(cluster: &Cluster) -> SocketAddrV4 {
    for node in 1..=cluster.size() {
        ip::ip(&cluster.node(node).netns, &format!("address add {ANYCAST}/32 dev lo")).unwrap();
    }
    through(cluster, 1);
    let to = SocketAddrV4::new(ANYCAST, PORT);
    wait::until("the nodes know their address", SOON, || {
        Ok((1..=cluster.size()).all(|node| {
            through(cluster, node);
            talk::ask(cluster.outside(), to).is_ok()
        }))
    })
    .unwrap();
    to
}

/// Lets a router send the outside's packets through another node.
fn through(cluster: &Cluster, node: usize) {
    let next = cluster.node(node).address();
    ip::ip(cluster.outside(), &format!("route replace {ANYCAST}/32 via {next}")).unwrap();
}

#[test]
fn who_is_moved_to_another_node_stays_with_its_backend() {
    let (cluster, mut servers) = scene("");
    let to = anycast(&cluster);
    through(&cluster, 1);
    let all = begin(cluster.outside(), &[to, to]);
    for node in [2, 3, 1] {
        through(&cluster, node);
        assert_kept(&all, &format!("moved to node{node}"));
    }
    servers.push(cluster.server(3, "three", "--service shop"));
    for node in [2, 3, 1] {
        through(&cluster, node);
        assert_kept(&all, &format!("moved to node{node} after a change"));
    }
    cluster.assert_no_drops();
}
