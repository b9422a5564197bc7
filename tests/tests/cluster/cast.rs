//! Who plays: three nodes with two containers each, and etcd's members.

use std::{
    net::{Ipv4Addr, UdpSocket},
    time::Duration,
};

use causeway::api::types::{ContainerInspect, Status};
use causeway_lab::{Lab, Netns, Node, run, spawn, wait};

/// A node's lease in these clusters.
pub(crate) const TTL: Duration = Duration::from_secs(3);
/// How long anything that should happen may take.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// Three nodes.
pub(crate) const NODES: usize = 3;

/// How long a fault lasts: `short` for everyday runs.
pub(crate) fn lasting(short: u64, long: u64) -> Duration {
    Duration::from_secs(if std::env::var_os("CAUSEWAY_LONG").is_some() { long } else { short })
}

/// A cluster in which something will go wrong.
pub(crate) struct Cluster {
    pub(crate) lab: Lab,
    /// Two on each node, in order.
    pub(crate) containers: Vec<Container>,
}

impl Cluster {
    /// Three nodes, a network `web`, two containers on each node.
    pub(crate) fn start(members: u8) -> Self {
        let config = format!("lease_ttl = {}\n", TTL.as_secs());
        let lab = Lab::builder().nodes(3).members(members).config(&config).start().unwrap();
        let mut cluster = Self { lab, containers: Vec::new() };
        cluster.node(1).cw("network create -d overlay --subnet 10.77.0.0/24 web").unwrap();
        for number in 1..=NODES {
            for name in ["a", "b"] {
                let name = format!("{name}{number}");
                cluster.containers.push(cluster.container(number, &name));
            }
        }
        cluster
    }

    pub(crate) fn node(&self, number: usize) -> &Node {
        self.lab.node(number)
    }

    /// A container on node `number` that sleeps.
    pub(crate) fn container(&self, number: usize, name: &str) -> Container {
        self.node(number).cw(&format!("run -d --name {name} --network web -- sleep 900")).unwrap();
        Container::inspected(self.node(number), name)
    }

    /// As before, but for one that was removed.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.containers.retain(|container| container.name != name);
        self
    }

    /// One of the six.
    pub(crate) fn named(&self, name: &str) -> &Container {
        self.containers.iter().find(|container| container.name == name).unwrap()
    }

    pub(crate) fn status(&self, number: usize) -> Status {
        json(self.node(number), "status --format json")
    }

    /// What node `number` says of each node, by name.
    pub(crate) fn node_states(&self, number: usize) -> Vec<String> {
        let listed: serde_json::Value = json(self.node(number), "node ls --format json");
        listed.as_array().unwrap().iter().map(|node| node["Status"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until node `asked` says of node `about` that it is `state`.
    pub(crate) fn wait_state(&self, asked: usize, about: usize, state: &str) {
        let what = format!("node{asked} says that node{about} is {state}");
        wait::until(&what, TTL + SOON, || Ok(self.node_states(asked)[about - 1] == state)).unwrap();
    }

    /// Lets node `number` and etcd's members hear nothing of each other; nodes go on among themselves.
    pub(crate) fn estrange(&self, number: usize) {
        self.routes_to_etcd(number, "add");
    }

    /// Ends that.
    pub(crate) fn reconcile(&self, number: usize) {
        self.routes_to_etcd(number, "del");
    }

    fn routes_to_etcd(&self, number: usize, verb: &str) {
        for member in self.lab.members() {
            let address = causeway_lab::layout::address(member.last());
            self.node(number).sh(&format!("ip route {verb} blackhole {address}/32")).unwrap();
        }
    }
}

/// What a command of `causeway` that prints JSON says.
pub(crate) fn json<T: serde::de::DeserializeOwned>(node: &Node, line: &str) -> T {
    serde_json::from_str(&node.cw(line).unwrap()).unwrap()
}

/// A container: its namespace and its address.
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) netns: Netns,
    pub(crate) ip: Ipv4Addr,
}

impl Container {
    fn inspected(node: &Node, name: &str) -> Self {
        let shown: Vec<ContainerInspect> = json(node, &format!("inspect {name}"));
        let settings = &shown[0].network_settings;
        Self {
            name: name.to_owned(),
            netns: Netns::open(settings.sandbox_key.rsplit('/').next().unwrap()).unwrap(),
            ip: settings.networks["web"].ip_address.parse().unwrap(),
        }
    }

    /// True if a ping to `to` is answered within a short while.
    pub(crate) fn pings(&self, to: Ipv4Addr) -> bool {
        let mut ping = spawn::command(&self.netns, "ping");
        ping.args(["-c1", "-W0.3", &to.to_string()]);
        run::output(&mut ping, run::LIMIT).unwrap().code == 0
    }

    /// What its resolver says of a name.
    pub(crate) fn resolves(&self, name: &str) -> String {
        let mut dig = spawn::command(&self.netns, "dig");
        dig.args(["+short", "+tries=1", "+time=1", "@127.0.0.11", name]);
        run::output(&mut dig, run::LIMIT).unwrap().stdout.trim().to_owned()
    }

    /// A UDP socket of the container.
    pub(crate) fn udp(&self, port: u16) -> UdpSocket {
        let socket = self.netns.run(|| UdpSocket::bind((self.ip, port))).unwrap().unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        socket
    }
}
