//! Who plays: three nodes, their containers, two services, and a client outside.

use std::{net::Ipv4Addr, time::Duration};

use causeway::api::types::{BackendInspect, ContainerInspect, ServiceInspect, Status};
use causeway_lab::{Lab, Netns, Node, ip, wait};
use serde::de::DeserializeOwned;

/// Three nodes.
pub(crate) const NODES: usize = 3;
/// Where servers listen in their containers.
pub(crate) const TARGET: u16 = 7000;
/// Where the service is published whose backends come and go.
pub(crate) const SHOP: u16 = 8080;
/// Where the one is published whose backends stay.
pub(crate) const FORT: u16 = 8081;
/// How soon all is well again after a fault.
pub(crate) const SOON: Duration = Duration::from_secs(10);
/// The name and the address of the container that is replaced again and again.
pub(crate) const BRIEF: (&str, &str) = ("brief", "10.77.0.200");

/// The cluster.
pub(crate) struct Cluster {
    pub(crate) lab: Lab,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let cluster = Self { lab: Lab::builder().nodes(3).start().unwrap() };
        cluster.lab.nodes().iter().chain([cluster.lab.client()]).for_each(|node| checksums(&node.netns));
        cluster.fix_switch();
        // What comes in is aggregated, as by the drivers of network cards: they vouch for checksums then.
        cluster.lab.nodes().iter().for_each(|node| {
            ip::words(&node.netns, "ethtool", "-K eth0 gro on").unwrap();
        });
        cluster
    }

    /// A network, and two services with ports on all nodes, which XDP meets first from then on.
    pub(crate) fn furnish(&self) {
        self.cw(1, "network create -d overlay --subnet 10.77.0.0/24 web");
        for (name, port) in [("shop", SHOP), ("fort", FORT)] {
            let ports = format!("-p {port}:{TARGET} -p {port}:{TARGET}/udp");
            self.cw(1, &format!("service create --network web {ports} {name}"));
        }
        let met = || Ok((1..=NODES).all(|node| self.status(node).is_ok_and(|status| status.xdp == "native")));
        wait::until("XDP meets the uplinks' frames", SOON, met).unwrap();
    }

    /// The switch knows who is where, and does not learn: it never floods, so what is for a port that is down ends
    /// there, once.
    fn fix_switch(&self) {
        let ports = self.lab.nodes().iter().chain([self.lab.client()]).map(|node| {
            let port = node.name().replace("node", "port");
            let mac = ip::ip(&node.netns, "-br link show dev eth0").unwrap();
            (port, mac.split_whitespace().nth(2).unwrap().to_owned())
        });
        for (port, mac) in ports {
            ip::words(self.lab.switch(), "bridge", &format!("link set dev {port} learning off")).unwrap();
            let line = format!("fdb replace {mac} dev {port} master static");
            ip::words(self.lab.switch(), "bridge", &line).unwrap();
        }
    }

    pub(crate) fn node(&self, number: usize) -> &Node {
        self.lab.node(number)
    }

    /// Runs `causeway` with a line of words on a node; what it printed.
    pub(crate) fn cw(&self, node: usize, line: &str) -> String {
        self.node(node).cw(line).unwrap()
    }

    fn read<T: DeserializeOwned>(&self, node: usize, line: &str) -> anyhow::Result<T> {
        Ok(serde_json::from_str(&self.node(node).cw(line)?)?)
    }

    pub(crate) fn status(&self, node: usize) -> anyhow::Result<Status> {
        self.read(node, "status --format json")
    }

    /// A container that sleeps.
    pub(crate) fn container(&self, node: usize, name: &str, options: &str) -> Container {
        let line = format!("run -d --name {name} --network web {options} -- sleep 7200");
        self.cw(node, &line);
        let shown: Vec<ContainerInspect> = self.read(node, &format!("inspect {name}")).unwrap();
        let container = Container::new(node, &shown[0]);
        checksums(&container.netns);
        container
    }

    /// A service's own address.
    pub(crate) fn vip(&self, service: &str) -> Ipv4Addr {
        let shown: Vec<ServiceInspect> = self.read(1, &format!("service inspect {service}")).unwrap();
        let vips = shown[0].endpoint.virtual_ips.first().unwrap();
        vips.addr.split('/').next().unwrap().parse().unwrap()
    }

    /// Waits until a backend is asked.
    pub(crate) fn becomes_active(&self, backend: &str) {
        let there = || {
            let backends: Vec<BackendInspect> = self.read(1, "service ps --format json shop")?;
            Ok(backends.iter().any(|b| b.name == backend && b.state == "active"))
        };
        wait::until(&format!("{backend} becomes active"), SOON, there).unwrap();
    }

    /// Whether each node is ready in the eyes of each, and follows the store.
    pub(crate) fn agrees(&self) -> anyhow::Result<bool> {
        for number in 1..=NODES {
            let listed: serde_json::Value = self.read(number, "node ls --format json")?;
            let states = listed.as_array().into_iter().flatten().map(|node| node["Status"].as_str());
            let ready = states.filter(|state| *state == Some("Ready")).count();
            if ready != NODES || !self.status(number)?.store_connected {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The name of a node's port at the switch.
    pub(crate) fn port(number: usize) -> String {
        format!("port{number}")
    }
}

/// Has senders write every checksum, as what goes over a wire has it: else nobody could see what is corrupted.
fn checksums(netns: &Netns) {
    ip::words(netns, "ethtool", "-K eth0 tx off").unwrap();
}

/// A container: its namespace, its address, its process.
pub(crate) struct Container {
    pub(crate) node: usize,
    pub(crate) name: String,
    pub(crate) netns: Netns,
    pub(crate) ip: Ipv4Addr,
    pub(crate) pid: i32,
}

impl Container {
    fn new(node: usize, shown: &ContainerInspect) -> Self {
        let settings = &shown.network_settings;
        Self {
            node,
            name: shown.name.trim_start_matches('/').to_owned(),
            netns: Netns::open(settings.sandbox_key.rsplit('/').next().unwrap()).unwrap(),
            ip: settings.networks["web"].ip_address.parse().unwrap(),
            pid: shown.state.pid.cast_signed(),
        }
    }
}
