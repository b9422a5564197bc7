//! The shared store goes away and comes back.

use std::{thread, time::Duration};

use causeway_lab::{Netns, run, spawn, wait};

use super::cast::Cluster;

/// Longer than a node's lease lasts (5 seconds), and the grace after it.
const AWAY: Duration = Duration::from_secs(12);
/// How soon after it came back changes must work again.
const CONVERGED: Duration = Duration::from_secs(10);

#[test]
fn traffic_does_not_notice_that_the_store_is_away_and_changes_work_when_it_is_back() {
    let mut cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(2, "web", "b");
    let netns = Netns::open(a.netns.name()).unwrap();
    let mut ping = spawn::command(&netns, "ping");
    ping.args(["-q", "-i", "0.01", "-c", "1500", "-W", "1", &b.ip.to_string()]);
    let pings = thread::spawn(move || run::output(&mut ping, run::LIMIT).unwrap().stdout);
    cluster.lab.stop_etcd();
    thread::sleep(AWAY);
    cluster.lab.start_etcd().unwrap();
    let create = ["network", "create", "-d", "overlay", "--subnet", "10.78.0.0/24", "after"];
    let created = || Ok(cluster.node(2).causeway(create)?.code == 0);
    wait::until("a network can be created", CONVERGED, created).unwrap();
    let said = pings.join().unwrap();
    assert!(said.contains("1500 received") && said.contains(" 0% packet loss"), "{said}");
    let c = cluster.container(1, "after", "c");
    assert!(c.pings(cluster.container(2, "after", "d").ip));
    assert!(cluster.container(2, "web", "e").pings(a.ip), "what was before is forgotten");
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}
