//! One node goes wrong: its daemon stands still, its cable is out, or only etcd is out of its reach.

use std::{thread, time::Instant};

use causeway_lab::wait;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    agreement::assert_converged,
    cast::{Cluster, SOON, TTL, lasting},
    census::{Census, Gone},
    told::assert_told,
    traffic::Traffic,
};

fn signal_daemon(cluster: &Cluster, number: usize, signal: Signal) {
    kill(Pid::from_raw(cluster.node(number).daemon_pid().unwrap()), signal).unwrap();
}

#[test]
fn a_daemon_stands_still_while_history_is_compacted() {
    let cluster = Cluster::start(3);
    let traffic = Traffic::between(cluster.named("a1"), cluster.named("a2"));
    let census = Census::begin(&cluster);
    cluster.node(3).cw("network create -d overlay gone").unwrap();
    signal_daemon(&cluster, 3, Signal::SIGSTOP);
    cluster.wait_state(1, 3, "Down");
    // What is removed meanwhile, its history no longer tells.
    cluster.node(1).cw("network rm gone").unwrap();
    cluster.node(2).cw("rm -f b2").unwrap();
    let late = cluster.container(1, "late");
    thread::sleep(lasting(1, 30));
    cluster.lab.members()[0].compact().unwrap();
    signal_daemon(&cluster, 3, Signal::SIGCONT);
    let healed = Instant::now();
    let known = || Ok(cluster.node(3).cw("network ls -q --filter name=gone")?.is_empty());
    wait::until("node3 knows what was removed", SOON, known).unwrap();
    wait::until("node3 knows who came", SOON, || Ok(cluster.named("a3").pings(late.ip))).unwrap();
    let cluster = cluster.without("b2");
    assert_converged(
        &cluster,
        "compaction while a daemon stood still",
        healed,
        census,
        Gone { silent: Some(3), removed: Some(2) },
    );
    traffic.assert_whole();
}

#[test]
fn a_lease_expires_while_its_daemon_stands_still_and_its_addresses_stay_its_own() {
    let cluster = Cluster::start(3);
    let traffic = [
        Traffic::between(cluster.named("a1"), cluster.named("a3")),
        // The daemon is not the road.
        Traffic::between(cluster.named("a2"), cluster.named("b2")),
    ];
    let census = Census::begin(&cluster);
    signal_daemon(&cluster, 2, Signal::SIGSTOP);
    cluster.wait_state(1, 2, "Down");
    thread::sleep(lasting(1, 60));
    let meanwhile = cluster.container(1, "meanwhile");
    assert!(cluster.containers.iter().all(|container| container.ip != meanwhile.ip));
    signal_daemon(&cluster, 2, Signal::SIGCONT);
    assert_converged(
        &cluster,
        "lease expired",
        Instant::now(),
        census,
        Gone { silent: Some(2), removed: None },
    );
    for traffic in traffic {
        traffic.assert_whole();
    }
}

#[test]
fn a_node_is_cut_off_from_everybody_and_comes_back() {
    let cluster = Cluster::start(3);
    let traffic = [
        Traffic::between(cluster.named("a1"), cluster.named("a2")),
        Traffic::between(cluster.named("a3"), cluster.named("b3")),
    ];
    let census = Census::begin(&cluster);
    cluster.lab.cut("port3").unwrap();
    assert_told(cluster.node(3), "run -d --name lonely --network web -- sleep 900", 125);
    cluster.wait_state(1, 3, "Down");
    thread::sleep(lasting(TTL.as_secs(), 60));
    // Those who are many go on; he who is alone hands out nothing.
    let meanwhile = cluster.container(2, "meanwhile");
    assert_told(cluster.node(3), "run -d --name lonely --network web -- sleep 900", 125);
    assert!(meanwhile.pings(cluster.named("a1").ip));
    cluster.lab.mend("port3").unwrap();
    assert_converged(
        &cluster,
        "node cut off",
        Instant::now(),
        census,
        Gone { silent: Some(3), removed: None },
    );
    assert!(cluster.named("b3").pings(meanwhile.ip));
    for traffic in traffic {
        traffic.assert_whole();
    }
}

#[test]
fn only_etcd_is_out_of_a_node_s_reach() {
    let cluster = Cluster::start(3);
    let traffic = Traffic::between(cluster.named("a1"), cluster.named("a2"));
    let census = Census::begin(&cluster);
    cluster.estrange(3);
    cluster.wait_state(1, 3, "Down");
    cluster.node(1).cw("rm -f b1").unwrap();
    thread::sleep(lasting(1, 60));
    cluster.reconcile(3);
    let cluster = cluster.without("b1");
    assert_converged(
        &cluster,
        "etcd out of reach",
        Instant::now(),
        census,
        Gone { silent: Some(3), removed: Some(1) },
    );
    traffic.assert_whole();
}
