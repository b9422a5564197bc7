//! Who plays: a cluster, services that it publishes on all nodes, and containers that serve or ask.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddrV4},
    time::{Duration, Instant},
};

use causeway::api::types::{BackendInspect, ContainerInspect, Status};
use causeway_lab::{Builder, Lab, Netns, Node, Output, run, spawn, wait};
use serde::de::DeserializeOwned;

use super::server::Server;

/// The port of all servers in their containers.
pub(crate) const TARGET: u16 = 7000;
/// The port that most services are published on.
pub(crate) const PORT: u16 = 8080;
/// How long anything that should happen may take.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// True where larger transfers and more rounds are asked for.
pub(crate) fn long() -> bool {
    std::env::var_os("CAUSEWAY_LONG").is_some()
}

/// A cluster with an overlay network `web`, and a client outside.
pub(crate) struct Cluster {
    pub(crate) lab: Lab,
}

impl Cluster {
    pub(crate) fn of(nodes: u8) -> Self {
        Self::built(Lab::builder().nodes(nodes))
    }

    /// A cluster whose daemons have this configuration file.
    pub(crate) fn with_config(nodes: u8, config: &str) -> Self {
        Self::built(Lab::builder().nodes(nodes).config(config))
    }

    /// A cluster in a lab of this description.
    pub(crate) fn built(lab: Builder) -> Self {
        let cluster = Self { lab: lab.start().unwrap() };
        cluster.cw(1, "network create -d overlay web");
        cluster
    }

    pub(crate) fn node(&self, number: usize) -> &Node {
        self.lab.node(number)
    }

    /// How many nodes there are.
    pub(crate) fn size(&self) -> usize {
        self.lab.nodes().len()
    }

    /// The client's namespace.
    pub(crate) fn outside(&self) -> &Netns {
        &self.lab.client().netns
    }

    /// A port of a node's address.
    pub(crate) fn at(&self, node: usize, port: u16) -> SocketAddrV4 {
        SocketAddrV4::new(self.node(node).address(), port)
    }

    /// Runs `causeway` with a line of words on a node; what it printed.
    pub(crate) fn cw(&self, node: usize, line: &str) -> String {
        self.node(node).cw(line).unwrap()
    }

    /// What a command of `causeway` that prints JSON says.
    pub(crate) fn read<T: DeserializeOwned>(&self, node: usize, line: &str) -> T {
        serde_json::from_str(&self.cw(node, line)).unwrap()
    }

    pub(crate) fn status(&self, node: usize) -> Status {
        self.read(node, "status --format json")
    }

    /// Drops of a node since it started, by reason.
    pub(crate) fn drops(&self, node: usize) -> BTreeMap<String, u64> {
        self.status(node).drops
    }

    /// Publishes a service of network `web` by both protocols, with these options.
    pub(crate) fn publish(&self, port: u16, options: &str, name: &str) {
        let ports = format!("-p {port}:{TARGET} -p {port}:{TARGET}/udp");
        self.cw(1, &format!("service create --network web {ports} {options} {name}"));
    }

    pub(crate) fn backends(&self, node: usize, service: &str) -> Vec<BackendInspect> {
        self.read(node, &format!("service ps --format json {service}"))
    }

    /// Waits until a backend is in a state.
    pub(crate) fn becomes(&self, service: &str, backend: &str, state: &str) {
        let there = || Ok(self.backends(1, service).iter().any(|b| b.name == backend && b.state == state));
        wait::until(&format!("{backend} becomes {state}"), SOON, there).unwrap();
    }

    /// A container that sleeps.
    pub(crate) fn container(&self, node: usize, name: &str, options: &str) -> Container {
        self.run(node, name, options, &["sleep", "900"])
    }

    /// A container of network `web` with a command.
    pub(crate) fn run(&self, node: usize, name: &str, options: &str, command: &[&str]) -> Container {
        let options = format!("run -d --name {name} --network web {options} --");
        let words = options.split_whitespace().chain(command.iter().copied());
        self.node(node).causeway(words).unwrap().text().unwrap();
        self.inspected(node, name)
    }

    /// A container that serves on [`TARGET`] as its name.
    pub(crate) fn server(&self, node: usize, name: &str, options: &str) -> (Container, Server) {
        let container = self.container(node, name, options);
        let server = Server::start(&container.netns, name, TARGET);
        (container, server)
    }

    pub(crate) fn inspected(&self, node: usize, name: &str) -> Container {
        let shown: Vec<ContainerInspect> = self.read(node, &format!("inspect {name}"));
        Container::new(shown.into_iter().next().unwrap())
    }

    /// Kills the process of a container; when.
    pub(crate) fn kill(&self, container: &Container) -> Instant {
        let pid = nix::unistd::Pid::from_raw(container.inspected.state.pid.cast_signed());
        let now = Instant::now();
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        now
    }

    /// No node has dropped anything since it started.
    pub(crate) fn assert_no_drops(&self) {
        for node in 1..=self.size() {
            assert_eq!(self.drops(node), BTreeMap::new(), "drops of node{node}");
        }
    }
}

/// Counters that moved, and by how much.
pub(crate) fn moved(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let by = |(name, count): (&String, &u64)| (name.clone(), count - before.get(name).unwrap_or(&0));
    after.iter().map(by).filter(|(_, count)| *count > 0).collect()
}

/// A container: its namespace and its address in network `web`.
pub(crate) struct Container {
    pub(crate) netns: Netns,
    pub(crate) ip: Ipv4Addr,
    pub(crate) inspected: ContainerInspect,
}

impl Container {
    fn new(inspected: ContainerInspect) -> Self {
        let settings = &inspected.network_settings;
        let endpoint = settings.networks.values().find(|e| e.interface == "eth0").unwrap();
        Self {
            netns: Netns::open(settings.sandbox_key.rsplit('/').next().unwrap()).unwrap(),
            ip: endpoint.ip_address.parse().unwrap(),
            inspected,
        }
    }

    /// Runs a line of words in its namespace.
    pub(crate) fn sh(&self, line: &str) -> Output {
        let mut words = line.split_whitespace();
        let mut command = spawn::command(&self.netns, words.next().unwrap());
        run::output(command.args(words), run::LIMIT).unwrap()
    }
}
