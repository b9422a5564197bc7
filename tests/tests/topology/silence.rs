//! Nodes that fall silent: gone from everybody's maps, their addresses kept, whole again when they return.

use std::{
    net::Ipv4Addr,
    thread,
    time::{Duration, Instant},
};

use causeway::api::types::{ContainerInspect, NodeInspect};
use causeway_lab::{Lab, ip, wait};

use super::cast::{Cluster, Container, inspect};

/// The nodes' lease in these clusters, seconds.
const CONFIG: &str = "lease_ttl = 2\n";
/// A lease's end as etcd sees it, its confirmation, and the round that follows; much of it for slow machines.
const SOON: Duration = Duration::from_secs(10);

/// Three nodes, on each a container in a network of few addresses: `a`, `b` and `c`.
fn scene() -> (Cluster, [Container; 3]) {
    let cluster = Cluster { lab: Lab::builder().nodes(3).config(CONFIG).start().unwrap() };
    cluster.network("web", &["10.77.0.0/29"]);
    let containers = [(1, "a"), (2, "b"), (3, "c")].map(|(node, name)| cluster.container(node, "web", name));
    (cluster, containers)
}

/// Cuts node 2 off and kills its daemon, as a loss of power would.
fn die(cluster: &mut Cluster) -> Instant {
    ip::ip(cluster.lab.switch(), "link set port2 down").unwrap();
    cluster.lab.node_mut(2).kill_daemon();
    Instant::now()
}

fn revive(cluster: &mut Cluster) -> Instant {
    ip::ip(cluster.lab.switch(), "link set port2 up").unwrap();
    // The kernel may take a second to see that a cable is back.
    let back = || Ok(cluster.node(2).exec("ping -c1 -W0.2 198.18.0.254".split(' '))?.code == 0);
    wait::until("the cable is back", SOON, back).unwrap();
    cluster.lab.node_mut(2).start_daemon().unwrap();
    Instant::now()
}

/// How node 2 is, as another node shows it.
fn status(cluster: &Cluster, asked: usize) -> String {
    let shown: Vec<NodeInspect> = inspect(cluster.node(asked), "node inspect node2");
    shown[0].status.clone()
}

/// How many endpoints and other nodes a node's maps hold.
fn held(cluster: &Cluster, node: usize) -> (u64, u64) {
    let maps = cluster.status(node).maps;
    (maps["ENDPOINTS_V4"].used, maps["VTEPS_V4"].used)
}

/// Waits until nodes 1 and 3 hold so many endpoints and nodes.
fn until_held(cluster: &Cluster, wanted: (u64, u64)) {
    let there = || Ok([1, 3].iter().all(|node| held(cluster, *node) == wanted));
    wait::until(&format!("maps hold {wanted:?}"), SOON, there).unwrap();
}

/// What the resolver of a container says to a name.
fn address_of(container: &Container, name: &str) -> String {
    container.run(&format!("dig +short +tries=1 @127.0.0.11 {name}")).trim().to_owned()
}

fn refused(cluster: &Cluster, line: &str, code: i32, words: &[&str]) {
    let output = cluster.node(1).causeway(line.split_whitespace()).unwrap();
    assert_eq!((output.code, output.stderr.lines().count()), (code, 1), "{line}: {}", output.stderr);
    words.iter().for_each(|word| assert!(output.stderr.contains(word), "{line}: {}", output.stderr));
}

/// Whether an address is given to a new container of node 1; it is removed again.
fn is_free(cluster: &Cluster, addr: Ipv4Addr) -> bool {
    let line = format!("run --rm --network web --ip {addr} true");
    cluster.node(1).causeway(line.split_whitespace()).unwrap().code == 0
}

#[test]
fn a_dead_node_leaves_every_map_keeps_its_addresses_and_takes_everything_back() {
    let (mut cluster, [a, b, c]) = scene();
    assert!(a.pings(b.ip) && c.pings(b.ip));
    let whole = held(&cluster, 1);
    let dead = die(&mut cluster);
    until_held(&cluster, (whole.0 - 1, whole.1 - 1));
    println!("from a node's death until the maps of all others hold nothing of it: {:?}", dead.elapsed());
    assert_eq!([1, 3].map(|node| status(&cluster, node)), ["Down", "Down"]);
    assert_eq!(address_of(&a, "b"), "", "its name is answered no more");
    assert!(a.pings(c.ip), "what is on other nodes goes on");
    // What is recorded of it stays: its addresses, its name, the names of its containers.
    assert!(!is_free(&cluster, b.ip));
    refused(&cluster, "run -d --name b --network web true", 125, &["'b'", "exists"]);
    let others = ["d", "e"].map(|name| cluster.container(1, "web", name));
    assert!(others.iter().all(|other| other.ip != b.ip));
    refused(&cluster, "run --network web true", 125, &["web"]);
    let revived = revive(&mut cluster);
    wait::until("b is reached again", SOON, || Ok(a.pings_once(b.ip) && c.pings_once(b.ip))).unwrap();
    println!("from the start of its daemon until its containers are reached again: {:?}", revived.elapsed());
    wait::until("node2 is Ready", SOON, || Ok(status(&cluster, 1) == "Ready")).unwrap();
    let shown: Vec<ContainerInspect> = inspect(cluster.node(2), "inspect b");
    assert_eq!(shown[0].state.pid, b.inspected.state.pid);
    assert_eq!(address_of(&c, "b"), b.ip.to_string());
    wait::until("b reaches who came meanwhile", SOON, || Ok(b.pings_once(others[0].ip))).unwrap();
    assert_eq!(held(&cluster, 3), (whole.0 + 2, whole.1), "all there was, and the two");
}

#[test]
fn a_dead_node_is_removed_by_force_and_joins_again_as_an_empty_one() {
    let (mut cluster, [a, b, c]) = scene();
    refused(&cluster, "node rm --force node2", 1, &["'node2' is alive"]);
    die(&mut cluster);
    wait::until("node2 is Down", SOON, || Ok(status(&cluster, 1) == "Down")).unwrap();
    refused(&cluster, "node rm node2", 1, &["'node2'", "containers (1)", "--force"]);
    assert!(!is_free(&cluster, b.ip));
    assert_eq!(cluster.node(1).cw("node rm --force node2").unwrap(), "node2");
    refused(&cluster, "node inspect node2", 1, &["no node 'node2'"]);
    let heir = cluster.container_with(1, "heir", &format!("--network web --ip {}", b.ip));
    assert!(c.pings(heir.ip));
    // What the old one left on its machine is not joined unseen, and reaches nobody.
    revive(&mut cluster);
    wait::until("it is refused", SOON, || Ok(cluster.node(2).daemon_pid().is_none())).unwrap();
    assert!(cluster.node(2).log().contains("does not know this node"), "{}", cluster.node(2).log());
    assert!(!b.pings_once(a.ip) && !b.pings_once(c.ip) && a.pings_once(heir.ip));
    let cleaned = cluster.node(2).cleanup().unwrap();
    assert_eq!(cleaned.code, 0, "{}", cleaned.stderr);
    cluster.lab.node_mut(2).start_daemon().unwrap();
    cluster.node(2).wait_ready(3).unwrap();
    assert_eq!(cluster.node(2).cw("ps -aq").unwrap(), "");
    let anew = cluster.container(2, "web", "anew");
    assert!(anew.pings(heir.ip) && c.pings(anew.ip) && c.pings(heir.ip));
}

#[test]
fn a_store_that_loses_all_leases_at_once_takes_nobody_out_of_the_maps() {
    let (cluster, [a, b, c]) = scene();
    let whole = [1, 3].map(|node| held(&cluster, node));
    let etcdctl = |line: &str| {
        let mut command = causeway_lab::spawn::command(cluster.lab.switch(), "etcdctl");
        command.env("ETCDCTL_API", "3").args(["--endpoints", "198.18.0.254:2379"]).args(line.split(' '));
        causeway_lab::run::output(&mut command, Duration::from_secs(10)).unwrap().text().unwrap()
    };
    let leases = etcdctl("lease list");
    let leases: Vec<&str> = leases.lines().filter(|line| !line.starts_with("found")).collect();
    assert!(leases.len() >= 3, "{leases:?}");
    thread::scope(|scope| {
        for lease in leases {
            scope.spawn(|| etcdctl(&format!("lease revoke {}", lease.trim())));
        }
    });
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        assert_eq!([1, 3].map(|node| held(&cluster, node)), whole, "after {:?}", begun.elapsed());
        assert!(a.pings_once(b.ip) && b.pings_once(c.ip), "after {:?}", begun.elapsed());
    }
    (1..=3).for_each(|node| cluster.node(node).wait_ready(3).unwrap());
    for node in [1, 3] {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}
