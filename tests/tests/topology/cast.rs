//! Who plays: a cluster with its networks, and containers with their sockets.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    time::Duration,
};

use causeway::api::types::{ContainerInspect, NetworkInspect, Status};
use causeway_lab::{Lab, Netns, Node, Output, run, spawn};

/// How long anything that should happen may take.
pub(crate) const SOON: Duration = Duration::from_secs(5);

/// A cluster of daemons.
pub(crate) struct Cluster {
    pub(crate) lab: Lab,
}

impl Cluster {
    /// Nodes with an underlay of 1500 bytes.
    pub(crate) fn of(nodes: u8) -> Self {
        Self::with_mtu(nodes, 1500)
    }

    pub(crate) fn with_mtu(nodes: u8, mtu: u32) -> Self {
        Self { lab: Lab::builder().nodes(nodes).mtu(mtu).start().unwrap() }
    }

    pub(crate) fn node(&self, number: usize) -> &Node {
        self.lab.node(number)
    }

    /// Creates an overlay network with these subnets.
    pub(crate) fn network(&self, name: &str, subnets: &[&str]) {
        let subnets: Vec<String> = subnets.iter().map(|subnet| format!("--subnet {subnet}")).collect();
        self.node(1).cw(&format!("network create -d overlay {} {name}", subnets.join(" "))).unwrap();
    }

    /// The VNI of a network's first subnet.
    pub(crate) fn vni(&self, network: &str) -> u32 {
        let shown: Vec<NetworkInspect> = inspect(self.node(1), &format!("network inspect {network}"));
        let list = &shown[0].options["com.docker.network.driver.overlay.vxlanid_list"];
        list.split(',').next().unwrap().parse().unwrap()
    }

    /// A container on node `number` that sleeps, with an address in `network`.
    pub(crate) fn container(&self, number: usize, network: &str, name: &str) -> Container {
        self.container_with(number, name, &format!("--network {network}"))
    }

    /// A container on node `number` that sleeps, with these options.
    pub(crate) fn container_with(&self, number: usize, name: &str, options: &str) -> Container {
        self.node(number).cw(&format!("run -d --name {name} {options} -- sleep 900")).unwrap();
        Container::inspected(self.node(number), name)
    }

    /// Drops on node `number` since it started, by reason.
    pub(crate) fn drops(&self, number: usize) -> BTreeMap<String, u64> {
        self.status(number).drops
    }

    pub(crate) fn status(&self, number: usize) -> Status {
        inspect(self.node(number), "status --format json")
    }

    /// Checks that on node `number`, since `before`, exactly these drops were counted.
    pub(crate) fn assert_drops(&self, number: usize, before: &BTreeMap<String, u64>, wanted: &[(&str, u64)]) {
        let wanted: BTreeMap<String, u64> =
            wanted.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        assert_eq!(moved(before, &self.drops(number)), wanted, "drops of node{number}");
    }
}

/// Counters that moved, and by how much.
pub(crate) fn moved(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let by = |(name, count): (&String, &u64)| (name.clone(), count - before.get(name).unwrap_or(&0));
    after.iter().map(by).filter(|(_, count)| *count > 0).collect()
}

/// What a command of `causeway` that prints JSON says.
pub(crate) fn inspect<T: serde::de::DeserializeOwned>(node: &Node, line: &str) -> T {
    serde_json::from_str(&node.cw(line).unwrap()).unwrap()
}

/// A container: its namespace and its address in its first network.
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) netns: Netns,
    pub(crate) ip: Ipv4Addr,
    pub(crate) mac: String,
    pub(crate) gateway: Ipv4Addr,
    pub(crate) inspected: ContainerInspect,
}

impl Container {
    /// As `causeway inspect` on its node shows it.
    pub(crate) fn inspected(node: &Node, name: &str) -> Self {
        let shown: Vec<ContainerInspect> = inspect(node, &format!("inspect {name}"));
        let inspected = shown[0].clone();
        let path = &inspected.network_settings.sandbox_key;
        let endpoint =
            inspected.network_settings.networks.values().find(|endpoint| endpoint.interface == "eth0");
        let endpoint = endpoint.unwrap().clone();
        Self {
            name: name.to_owned(),
            netns: Netns::open(path.rsplit('/').next().unwrap()).unwrap(),
            ip: endpoint.ip_address.parse().unwrap(),
            mac: endpoint.mac_address,
            gateway: endpoint.gateway.parse().unwrap(),
            inspected,
        }
    }

    /// Runs a line of words in its namespace.
    pub(crate) fn try_run(&self, line: &str) -> Output {
        let mut words = line.split_whitespace();
        let mut command = spawn::command(&self.netns, words.next().unwrap());
        run::output(command.args(words), run::LIMIT).unwrap()
    }

    /// As [`Container::try_run`], and it must succeed; what it printed.
    pub(crate) fn run(&self, line: &str) -> String {
        let output = self.try_run(line);
        assert_eq!(output.code, 0, "{}: {line}: {}{}", self.name, output.stdout, output.stderr);
        output.stdout
    }

    /// True if all of three pings to `to` are answered.
    pub(crate) fn pings(&self, to: Ipv4Addr) -> bool {
        self.try_run(&format!("ping -c3 -i0.02 -W1 {to}")).stdout.contains(" 0% packet loss")
    }

    /// True if one ping to `to` is answered within a short while.
    pub(crate) fn pings_once(&self, to: Ipv4Addr) -> bool {
        self.try_run(&format!("ping -c1 -W0.3 {to}")).code == 0
    }

    /// A listening socket of the container.
    pub(crate) fn listener(&self, port: u16) -> TcpListener {
        self.netns.run(|| TcpListener::bind((self.ip, port))).unwrap().unwrap()
    }

    /// A connection from the container.
    pub(crate) fn connect(&self, to: (Ipv4Addr, u16)) -> std::io::Result<TcpStream> {
        self.netns.run(|| TcpStream::connect_timeout(&SocketAddr::from(to), SOON)).unwrap()
    }

    /// A UDP socket of the container that gives up receiving after a while.
    pub(crate) fn udp(&self, port: u16) -> UdpSocket {
        udp(&self.netns, (self.ip, port))
    }

    /// Switches offloads of its eth0.
    pub(crate) fn offloads(&self, on: bool) {
        offloads(&self.netns, "eth0", on);
    }
}

/// A UDP socket in a namespace that gives up receiving after a while.
pub(crate) fn udp(netns: &Netns, address: (Ipv4Addr, u16)) -> UdpSocket {
    let socket = netns.run(|| UdpSocket::bind(address)).unwrap().unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    socket
}

/// Sends the same datagram `count` times.
pub(crate) fn send(socket: &UdpSocket, count: u64, payload: &[u8], to: (Ipv4Addr, u16)) {
    for _ in 0..count {
        socket.send_to(payload, to).unwrap();
    }
}

/// Switches segmentation, aggregation and checksum offloads of an interface.
pub(crate) fn offloads(netns: &Netns, interface: &str, on: bool) {
    let to = if on { "on" } else { "off" };
    // Segmentation needs checksums: off in this order, on in the reverse one.
    let mut features = ["tso", "gso", "gro", "tx", "rx"];
    if on {
        features.reverse();
    }
    for feature in features {
        causeway_lab::ip::words(netns, "ethtool", &format!("-K {interface} {feature} {to}")).unwrap();
    }
}
