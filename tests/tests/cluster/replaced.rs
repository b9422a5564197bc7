//! etcd comes back with something else than it held: nothing, or what it held earlier.

use std::{fs, path::Path, time::Duration};

use causeway::api::types::Status;
use causeway_lab::{Node, run, wait};

use super::{
    cast::{Cluster, NODES, SOON},
    census::{Census, Gone},
    traffic::Traffic,
};

fn says_replaced(cluster: &Cluster, number: usize) -> bool {
    let status: Status = cluster.status(number);
    !status.store_connected && status.store_failure.contains("was emptied, or restored")
}

/// Nothing was removed anywhere, and nothing is written to what has come back.
fn assert_untouched(cluster: &Cluster) {
    for number in 1..=NODES {
        let what = format!("node{number} says that the store is not the one it knew");
        wait::until(&what, SOON, || Ok(says_replaced(cluster, number))).unwrap();
        let refused = cluster.node(number).causeway(["network", "create", "-d", "overlay", "new"]).unwrap();
        assert_eq!((refused.code, refused.stderr.lines().count()), (1, 1), "{}", refused.stderr);
        assert!(refused.stderr.contains("restart causewayd"), "{}", refused.stderr);
        assert!(cluster.node(number).log().contains("was emptied, or restored"), "no line in the log");
    }
}

/// Starts a daemon that must be refused; gives its last words.
fn refused(cluster: &mut Cluster, number: usize) -> String {
    cluster.lab.node_mut(number).stop_daemon();
    cluster.lab.node_mut(number).start_daemon().unwrap();
    let ended = || Ok(cluster.node(number).daemon_pid().is_none());
    wait::until("a daemon is refused", SOON, ended).unwrap();
    cluster.node(number).log().lines().next_back().unwrap_or_default().to_owned()
}

fn accepted(cluster: &mut Cluster, number: usize) {
    cluster.lab.node_mut(number).start_daemon_given(&["--accept-empty-store"]).unwrap();
}

fn containers(node: &Node) -> String {
    node.cw("ps -aq").unwrap()
}

#[test]
fn an_etcd_that_lost_everything_takes_nothing_with_it_until_that_is_accepted() {
    let mut cluster = Cluster::start(1);
    let traffic = Traffic::between(cluster.named("a1"), cluster.named("a2"));
    let census = Census::begin(&cluster);
    cluster.lab.stop_etcd();
    fs::remove_dir_all(cluster.lab.members()[0].data()).unwrap();
    cluster.lab.start_etcd().unwrap();
    assert_untouched(&cluster);
    // Each daemon that is restarted is to be told, also when another one has begun anew.
    for number in 1..=NODES {
        let last = refused(&mut cluster, number);
        assert!(last.contains("2 containers") && last.contains("--accept-empty-store"), "{last}");
        if number == 1 {
            assert!(cluster.named("a1").pings(cluster.named("a2").ip));
            accepted(&mut cluster, number);
            cluster.node(1).wait_ready(1).unwrap();
        }
    }
    assert_eq!(containers(cluster.node(1)), "", "what the store does not know is detached");
    (2..=NODES).for_each(|number| accepted(&mut cluster, number));
    cluster.node(3).wait_ready(3).unwrap();
    drop((census, traffic));
    cluster.node(1).cw("network create -d overlay --subnet 10.77.0.0/24 web").unwrap();
    let (one, two) = (cluster.container(1, "one"), cluster.container(2, "two"));
    wait::until("the cluster that begins anew works", SOON, || Ok(one.pings(two.ip))).unwrap();
    let known = fs::read_dir("/run/netns").unwrap().count();
    assert!(known > 0);
}

fn copy(from: &Path, to: &Path) {
    let mut cp = std::process::Command::new("cp");
    run::output(cp.arg("-a").args([from, to]), run::LIMIT).unwrap().text().unwrap();
}

#[test]
fn an_etcd_that_was_restored_takes_nothing_back_until_daemons_are_restarted() {
    let mut cluster = Cluster::start(1);
    let data = cluster.lab.members()[0].data();
    let saved = data.with_file_name("saved");
    cluster.lab.stop_etcd();
    copy(&data, &saved);
    cluster.lab.start_etcd().unwrap();
    wait::until("the store is back", SOON, || {
        Ok((1..=NODES).all(|number| cluster.status(number).store_connected))
    })
    .unwrap();
    let late = cluster.container(1, "late");
    let traffic = Traffic::between(&late, cluster.named("a2"));
    let census = Census::begin(&cluster);
    cluster.lab.stop_etcd();
    fs::remove_dir_all(&data).unwrap();
    copy(&saved, &data);
    cluster.lab.start_etcd().unwrap();
    // Others may write to it meanwhile: that it has grown does not make it what it was.
    let put = serde_json::json!({ "key": "eA==", "value": "eA==" });
    for _ in 0..500 {
        cluster.lab.members()[0].ask("kv/put", &put).unwrap();
    }
    assert_untouched(&cluster);
    std::thread::sleep(Duration::from_secs(1));
    println!("restored under three daemons: {}", census.assert_kept(Gone::default()));
    traffic.assert_whole();
    for number in 1..=NODES {
        cluster.lab.node_mut(number).stop_daemon();
        cluster.lab.node_mut(number).start_daemon().unwrap();
    }
    cluster.node(3).wait_ready(3).unwrap();
    assert!(cluster.named("b1").pings(cluster.named("b2").ip));
}
