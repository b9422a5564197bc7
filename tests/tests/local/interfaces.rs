//! A node with more than one interface: what comes in by the others, as they come and go.
//!
//! ```text
//!  container --- node --- uplink --- client
//!                  '----- lan0 ----- elsewhere
//! ```

use std::{net::Ipv4Addr, time::Duration};

use causeway::kernel::{self, Hook};
use causeway_lab::{Netns, ip, wait};

use super::cast::{Asker, Stage};

/// The node's and the neighbour's addresses on the other wire.
const HERE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
const THERE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 9);
/// How soon the daemon follows the kernel.
const SOON: Duration = Duration::from_secs(5);

/// A node with a server behind its port 8080, and a neighbour on another wire.
struct Scene {
    stage: Stage,
    elsewhere: Netns,
}

impl Scene {
    fn new() -> Self {
        let stage = Stage::new();
        stage.run("server", "-p 8080:80 -p 8080:80/udp", &stage.servers(80));
        let elsewhere = Netns::create(&format!("{}-else", stage.lab.layout().prefix)).unwrap();
        Self { stage, elsewhere }
    }

    /// Lays the wire to the neighbour.
    fn lay_wire(&self) {
        let there = self.elsewhere.name();
        self.here(&format!("link add lan0 type veth peer name eth0 netns {there}"));
        self.address_here("lan0", HERE);
        self.address_there("eth0", THERE);
    }

    fn here(&self, line: &str) {
        ip::ip(&self.stage.node().netns, line).unwrap();
    }

    fn there(&self, line: &str) {
        ip::ip(&self.elsewhere, line).unwrap();
    }

    fn address_here(&self, interface: &str, addr: Ipv4Addr) {
        self.here(&format!("addr add {addr}/24 dev {interface}"));
        self.here(&format!("link set {interface} up"));
    }

    fn address_there(&self, interface: &str, addr: Ipv4Addr) {
        self.there(&format!("addr add {addr}/24 dev {interface}"));
        self.there(&format!("link set {interface} up"));
    }

    /// Waits until packets from outside are looked at on these interfaces, and on no others.
    fn looks_at(&self, interfaces: &[&str]) {
        let netns = &self.stage.node().netns;
        let index = |name: &&str| netns.run(|| nix::net::if_::if_nametoindex(*name).unwrap()).unwrap();
        let mut wanted: Vec<u32> = interfaces.iter().map(index).collect();
        wanted.sort_unstable();
        let what = format!("programs on {interfaces:?}, {wanted:?}");
        wait::until(&what, SOON, || {
            let attached = kernel::attached(&self.stage.lab.layout().bpf_dir(1))?.into_iter();
            let on = attached.filter(|(hook, _)| *hook == Hook::FromOutside).map(|(_, index)| index);
            Ok(on.eq(wanted.iter().copied()))
        })
        .unwrap();
    }

    /// The neighbour reaches the published port at an address of the node, as soon as the daemon has heard
    /// of that address: until then the host itself refuses.
    fn is_reached(&self, at: Ipv4Addr) {
        let asker = Asker::Host(&self.elsewhere);
        wait::until(&format!("TCP to {at}"), SOON, || Ok(asker.tcp(at, 8080))).unwrap();
        assert!(asker.udp(at, 8080), "UDP to {at}");
    }
}

#[test]
fn a_published_port_is_reached_by_an_interface_that_comes_and_goes() {
    let scene = Scene::new();
    scene.looks_at(&[]);
    scene.lay_wire();
    scene.looks_at(&["lan0"]);
    scene.is_reached(HERE);
    // By the other wire to the uplink's address, too: it is the node's wherever it comes in.
    let node = scene.stage.node().address();
    scene.there(&format!("route add {node} via {HERE}"));
    scene.is_reached(node);
    for line in ["link set lan0 down", "link set lan0 name lan1", "link set lan1 up"] {
        scene.here(line);
    }
    scene.looks_at(&["lan1"]);
    scene.is_reached(HERE);
    scene.here("link del lan1");
    scene.looks_at(&[]);
    scene.lay_wire();
    scene.looks_at(&["lan0"]);
    scene.is_reached(HERE);
}

#[test]
fn the_clients_address_arrives_by_another_interface() {
    let scene = Scene::new();
    scene.lay_wire();
    let serve = "exec socat TCP4-LISTEN:81,fork SYSTEM:'echo from $SOCAT_PEERADDR'";
    scene.stage.run("names", "-p 8081:81", serve);
    scene.looks_at(&["lan0"]);
    let ask = format!("socat -T2 - TCP4:{HERE}:8081,connect-timeout=2");
    assert_eq!(Asker::Host(&scene.elsewhere).script(&ask).1.trim(), format!("from {THERE}"));
}

#[test]
fn a_container_talks_to_whom_another_interface_leads() {
    let scene = Scene::new();
    scene.lay_wire();
    scene.looks_at(&["lan0"]);
    let _servers = scene.stage.serve(&scene.elsewhere, 8001);
    let asker = Asker::Container(&scene.stage, "server");
    assert!(asker.tcp(THERE, 8001) && asker.udp(THERE, 8001) && asker.icmp(THERE));
}

#[test]
fn a_bridge_receives_for_its_ports() {
    let scene = Scene::new();
    scene.lay_wire();
    scene.looks_at(&["lan0"]);
    scene.here("link add br0 type bridge");
    scene.here("addr flush dev lan0");
    scene.here("link set lan0 master br0");
    scene.address_here("br0", HERE);
    scene.looks_at(&["br0"]);
    scene.is_reached(HERE);
    scene.here("link set lan0 nomaster");
    scene.looks_at(&["br0", "lan0"]);
}

#[test]
fn an_interface_that_came_without_a_daemon_is_found_at_its_start() {
    let mut scene = Scene::new();
    scene.stage.lab.node_mut(1).kill_daemon();
    scene.lay_wire();
    scene.stage.lab.node_mut(1).start_daemon().unwrap();
    scene.stage.node().wait_ready(1).unwrap();
    scene.looks_at(&["lan0"]);
    scene.is_reached(HERE);
}
