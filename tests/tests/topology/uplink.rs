//! An uplink that goes down, is called otherwise, goes away or gets another address: it is said, and what can be
//! put right is, without a conversation that breaks.

use std::{net::Ipv4Addr, thread, time::Duration};

use causeway_lab::{Lab, Node, switch, wait};
use causeway_tests::crowd::{Crowd, Server};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::cast::{Cluster, Container, SOON};

/// Conversations of each kind.
const CONVERSATIONS: usize = 10;
/// How long it takes until what a daemon knows is in its tables.
const MOMENT: Duration = Duration::from_millis(300);
/// The daemons say on this port how they are.
const METRICS: &str = "metrics = \"127.0.0.1:9127\"\n";
/// Another address on the same underlay.
const RENUMBERED: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 51);

/// Conversations by TCP and UDP from node 1's `a` to node 2's `b` and to the outside, and from there to a published
/// port of `a`.
struct Scene {
    cluster: Cluster,
    a: Container,
    b: Container,
    crowds: [Crowd; 3],
    _servers: [Server; 3],
}

impl Scene {
    fn set() -> Self {
        let cluster = Cluster { lab: Lab::builder().nodes(2).config(METRICS).start().unwrap() };
        cluster.network("web", &[]);
        let a = cluster.container_with(1, "a", "--network web -p 8080:7000 -p 8080:7000/udp");
        let b = cluster.container(2, "web", "b");
        let (node, client) = (cluster.node(1).address(), cluster.lab.client());
        let listen = |netns, address| Server::listen(netns, 7000, address).unwrap();
        let servers = [
            listen(&b.netns, (b.ip, 7000)),
            listen(&client.netns, (client.address(), 7000)),
            listen(&a.netns, (node, 8080)),
        ];
        let callers = [&a.netns, &a.netns, &client.netns];
        let crowd = |n: usize| Crowd::open(callers[n], &servers[n], CONVERSATIONS, CONVERSATIONS).unwrap();
        Self { crowds: [crowd(0), crowd(1), crowd(2)], cluster, a, b, _servers: servers }
    }

    fn node(&self) -> &Node {
        self.cluster.node(1)
    }

    /// Waits until the node says of its uplink what it should, everywhere that it says so; nothing: that it is well.
    fn says(&self, wanted: &str) {
        let said = || self.cluster.status(1).uplink_failure;
        let matches = |said: &str| if wanted.is_empty() { said.is_empty() } else { said.contains(wanted) };
        let waited = wait::until(&format!("the uplink: {wanted:?}"), SOON, || Ok(matches(&said())));
        waited.unwrap_or_else(|error| panic!("{error}; it is {:?}", said()));
        let shown = self.node().cw("status").unwrap();
        assert!(shown.contains(wanted), "{shown}");
        let well = format!("causeway_uplink{{state=\"well\"}} {}", u8::from(wanted.is_empty()));
        let counted = self.node().sh("curl -s http://127.0.0.1:9127/metrics").unwrap();
        assert!(counted.lines().any(|line| line == well), "{counted}");
        let logged = if wanted.is_empty() { "the uplink is well again" } else { wanted };
        assert!(self.node().log().contains(logged), "{logged:?} is not in the log");
    }

    /// All conversations go on, and new ones begin.
    fn carries_on(&mut self, what: &str) {
        wait::until(&format!("{what}: reached again"), SOON, || Ok(self.a.pings_once(self.b.ip))).unwrap();
        let talking = self.crowds.iter_mut().map(Crowd::talk);
        assert_eq!(talking.collect::<Vec<_>>(), [2 * CONVERSATIONS; 3], "{what}");
        assert!(self.b.pings(self.a.ip), "{what}");
        assert!(self.a.pings(self.cluster.lab.client().address()), "{what}: to the outside");
    }

    fn default_route(&self) {
        default_route(self.node());
    }
}

/// A node's default route, which goes with its uplink.
fn default_route(node: &Node) {
    node.sh("ip route replace default via 198.18.0.254").unwrap();
}

#[test]
fn an_uplink_that_is_down_is_reported_and_carries_on_when_it_is_up() {
    let mut scene = Scene::set();
    scene.node().sh("ip link set eth0 down").unwrap();
    scene.says("underlay interface eth0 is down");
    assert!(!scene.a.pings_once(scene.b.ip));
    scene.node().sh("ip link set eth0 up").unwrap();
    scene.default_route();
    scene.says("");
    scene.carries_on("up again");
}

/// Connections of clients outside by node 1's port of the mesh with a backend on node 2: without the way there,
/// they would be refused.
#[test]
fn an_uplink_that_is_down_for_a_moment_breaks_no_connection() {
    let cluster = Cluster::of(2);
    cluster.network("web", &[]);
    cluster.node(1).cw("service create --network web -p published=9090,target=7000 far").unwrap();
    let backend = cluster.container_with(2, "backend", "--network web --service far");
    let (node, client) = (cluster.node(1), &cluster.lab.client().netns);
    let server = Server::listen(&backend.netns, 7000, (node.address(), 9090)).unwrap();
    let mut crowd = Crowd::open(client, &server, CONVERSATIONS, 0).unwrap();
    node.sh("ip link set eth0 down").unwrap();
    let knows = || Ok(node.log().contains("no way to this node"));
    wait::until("the daemon knows that there is no way", SOON, knows).unwrap();
    thread::sleep(MOMENT);
    // Clients are not as slow as a daemon may be: one that stands still has not taken the way back in.
    let daemon = Pid::from_raw(node.daemon_pid().unwrap());
    kill(daemon, Signal::SIGSTOP).unwrap();
    node.sh("ip link set eth0 up").unwrap();
    default_route(node);
    let talking = crowd.talk();
    kill(daemon, Signal::SIGCONT).unwrap();
    assert_eq!(talking, CONVERSATIONS);
    assert_eq!(crowd.talk(), CONVERSATIONS);
}

#[test]
fn an_uplink_that_is_called_otherwise_carries_on() {
    let mut scene = Scene::set();
    let node = scene.cluster.lab.node_mut(1);
    node.kill_daemon();
    node.start_daemon_given(&["--underlay", "eth0"]).unwrap();
    node.wait_ready(2).unwrap();
    scene.node().sh("ip link set eth0 down name up0 up").unwrap();
    scene.default_route();
    scene.says("the uplink eth0 is called up0 now");
    scene.carries_on("under another name");
    scene.node().sh("ip link set up0 down name eth0 up").unwrap();
    scene.default_route();
    scene.says("");
    scene.carries_on("under its own name again");
}

#[test]
fn an_uplink_that_goes_away_is_reported_and_carries_on_when_it_is_made_anew() {
    let mut scene = Scene::set();
    scene.node().sh("ip link del eth0").unwrap();
    scene.says("or has that address");
    assert!(scene.node().cw("status").unwrap().contains("(gone; it had index"));
    assert!(!scene.a.pings_once(scene.b.ip));
    switch::connect(scene.cluster.lab.switch(), &scene.node().netns, "port1", 1, 1500).unwrap();
    scene.says("");
    scene.carries_on("made anew");
}

#[test]
fn an_uplink_with_another_address_is_reported_and_taken_over_at_the_next_start() {
    let mut scene = Scene::set();
    let node = scene.cluster.lab.node_mut(1);
    node.kill_daemon();
    node.start_daemon_given(&["--underlay", "eth0"]).unwrap();
    node.wait_ready(2).unwrap();
    let old = scene.node().address();
    for change in [format!("del {old}/24"), format!("add {RENUMBERED}/24")] {
        scene.node().sh(&format!("ip address {change} dev eth0")).unwrap();
    }
    scene.says(&format!("changed its address from {old} to"));
    let node = scene.cluster.lab.node_mut(1);
    node.kill_daemon();
    node.start_daemon_given(&["--underlay", "eth0"]).unwrap();
    node.wait_ready(2).unwrap();
    scene.default_route();
    wait::until("reached again", SOON, || Ok(scene.a.pings_once(scene.b.ip))).unwrap();
    // What goes between containers knows nothing of nodes' addresses.
    let inside = &mut scene.crowds[0];
    assert_eq!(inside.talk(), 2 * CONVERSATIONS);
    assert!(scene.a.pings(scene.cluster.lab.client().address()), "to the outside");
    let seen: Vec<causeway::api::types::NodeInspect> =
        super::cast::inspect(scene.cluster.node(2), "node inspect node1");
    assert_eq!(seen[0].address, RENUMBERED.to_string());
}
