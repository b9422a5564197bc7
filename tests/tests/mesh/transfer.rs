//! What is sent through the mesh arrives, byte for byte, over small and large MTUs, with offloads on and off,
//! however the program on the uplink is attached.

use std::net::{Ipv4Addr, TcpListener};

use causeway_lab::{Lab, Netns, ip, wait};
use causeway_tests::stream::{self, MEBIBYTE};

use super::{
    cast::{Cluster, Container, PORT, SOON, TARGET, long},
    talk,
};

/// The keys of the configuration.
const MODES: [&str; 3] = ["off", "native", "generic"];

/// Blocks of a stream: 64 MiB, or 1 GiB where there is time.
fn much() -> u64 {
    if long() { 1024 * MEBIBYTE } else { 64 * MEBIBYTE }
}

/// Two nodes and a service whose backend is on the second.
struct Scene {
    cluster: Cluster,
    container: Container,
}

impl Scene {
    fn of(mtu: u32, mode: &str) -> Self {
        let config = format!("xdp = \"{mode}\"\n");
        let cluster = Cluster::built(Lab::builder().nodes(2).mtu(mtu).config(&config));
        cluster.publish(PORT, "", "shop");
        cluster.publish(PORT + 1, "--return-path dsr", "straight");
        let container = cluster.container(2, "backend", "--service shop --service straight");
        Self { cluster, container }
    }

    /// Every interface that packets pass.
    fn offloads(&self, on: bool) {
        for node in 1..=2 {
            offloads(&self.cluster.node(node).netns, "eth0", on);
            let port = format!("port{node}");
            offloads(self.cluster.lab.switch(), &port, on);
            // A veth takes the frames that the other end's driver sends by XDP only with this.
            ip::words(self.cluster.lab.switch(), "ethtool", &format!("-K {port} gro on")).unwrap();
        }
        offloads(self.cluster.lab.switch(), "client", on);
        offloads(self.cluster.outside(), "eth0", on);
        offloads(&self.container.netns, "eth0", on);
    }

    /// Streams through both nodes, both ways, by both return paths.
    fn all_roads(&self, what: &str) {
        let any = (Ipv4Addr::UNSPECIFIED, TARGET);
        let listener = self.container.netns.run(|| TcpListener::bind(any)).unwrap().unwrap();
        for (node, port) in [(1, PORT), (1, PORT + 1), (2, PORT)] {
            let to = self.cluster.at(node, port);
            let connect = || talk::connect(self.cluster.outside(), to);
            stream::upload(connect(), &listener, much()).unwrap_or_else(|e| panic!("{what}: -> {to}: {e:#}"));
            stream::download(connect(), &listener, much())
                .unwrap_or_else(|e| panic!("{what}: <- {to}: {e:#}"));
        }
    }

    /// How the nodes say that the program on their uplink is attached.
    fn attached(&self) -> Vec<String> {
        let shown = |node| self.cluster.read::<serde_json::Value>(node, "status --format json");
        [1, 2].map(|node| shown(node)["XDP"].as_str().unwrap_or_default().to_owned()).into()
    }
}

/// Switches segmentation, aggregation and checksum offloads of an interface off, in an order that the kernel
/// takes; or aggregation on: all others are on from the start, but where XDP by the other end forbids them.
fn offloads(netns: &Netns, interface: &str, on: bool) {
    let (features, to): (&[_], _) =
        if on { (&["gro"], "on") } else { (&["tso", "gso", "gro", "tx", "rx"], "off") };
    for feature in features {
        ip::words(netns, "ethtool", &format!("-K {interface} {feature} {to}")).unwrap();
    }
}

/// All pairs of MTU, offloads and mode are in these; where there is time, all combinations.
fn rows(mode: &str) -> Vec<(u32, bool)> {
    match mode {
        _ if long() => vec![(1500, true), (1500, false), (9000, true), (9000, false)],
        "native" => vec![(1500, false), (9000, true)],
        _ => vec![(1500, true), (9000, false)],
    }
}

fn arrives(mode: &str) {
    for (mtu, on) in rows(mode) {
        let scene = Scene::of(mtu, mode);
        scene.offloads(on);
        let is_attached = || Ok(scene.attached().iter().all(|attached| attached == mode));
        wait::until("the program is attached", SOON, is_attached).unwrap();
        let what = format!("MTU {mtu}, offloads {}, XDP {mode}", if on { "on" } else { "off" });
        println!("{what}: attached {:?}", scene.attached());
        scene.all_roads(&what);
        scene.cluster.assert_no_drops();
        assert!(scene.attached().iter().all(|attached| attached == mode), "{what}: {:?}", scene.attached());
    }
}

#[test]
fn streams_arrive_unharmed_without_xdp() {
    arrives(MODES[0]);
}

#[test]
fn streams_arrive_unharmed_by_native_xdp() {
    arrives(MODES[1]);
}

#[test]
fn streams_arrive_unharmed_by_generic_xdp() {
    arrives(MODES[2]);
}
