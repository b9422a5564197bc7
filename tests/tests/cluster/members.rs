//! One member of etcd goes wrong, the leader or another.

use std::{
    thread,
    time::{Duration, Instant},
};

use causeway_lab::{etcd, wait};
use nix::sys::signal::Signal;

use super::{
    agreement::assert_converged,
    cast::{Cluster, SOON, lasting},
    census::{Census, Gone},
    traffic::Traffic,
};

/// Number of the leader, counted from 1.
fn leader(cluster: &Cluster) -> usize {
    etcd::leader(cluster.lab.members()).unwrap() + 1
}

/// Waits until a change comes into force everywhere though one member is not there. Says how long it took.
fn goes_on(cluster: &Cluster, fault: &str) {
    let begun = Instant::now();
    for node in 1..=3 {
        let mut attempts = 0;
        let create = || {
            attempts += 1;
            let name = format!("during{node}.{attempts}");
            let line = ["network", "create", "-d", "overlay", "--timeout", "2", &name];
            Ok(cluster.node(node).causeway(line)?.code == 0)
        };
        wait::until(&format!("changes by node{node} come into force"), SOON, create).unwrap();
    }
    let took = begun.elapsed();
    println!("{fault}: changes by every node went on after {:.1} s", took.as_secs_f64());
    assert!(took < SOON, "{fault}: changes went on only after {took:?}");
}

#[test]
fn the_leader_is_killed_and_another_one_leads() {
    let mut cluster = Cluster::start(3);
    let traffic = Traffic::between(cluster.named("a1"), cluster.named("a2"));
    let census = Census::begin(&cluster);
    let lost = leader(&cluster);
    cluster.lab.member_mut(lost).kill();
    goes_on(&cluster, "leader killed");
    cluster.lab.start_etcd().unwrap();
    assert_converged(&cluster, "leader back", Instant::now(), census, Gone::default());
    traffic.assert_whole();
}

#[test]
fn the_member_that_all_nodes_talk_to_stops_answering() {
    let mut cluster = Cluster::start(3);
    let traffic = Traffic::between(cluster.named("a3"), cluster.named("a1"));
    let census = Census::begin(&cluster);
    // The first one is where daemons begin; nothing tells them but silence.
    cluster.lab.member_mut(1).signal(Signal::SIGSTOP);
    goes_on(&cluster, "member paused");
    thread::sleep(lasting(1, 30));
    cluster.lab.member_mut(1).signal(Signal::SIGCONT);
    assert_converged(&cluster, "member resumed", Instant::now(), census, Gone::default());
    traffic.assert_whole();
}

#[test]
fn the_leader_is_cut_off_from_everybody() {
    let cluster = Cluster::start(3);
    let traffic = Traffic::between(cluster.named("a2"), cluster.named("b3"));
    let census = Census::begin(&cluster);
    let cable = cluster.lab.members()[leader(&cluster) - 1].cable();
    cluster.lab.cut(&cable).unwrap();
    goes_on(&cluster, "leader cut off");
    thread::sleep(lasting(1, 30));
    cluster.lab.mend(&cable).unwrap();
    assert_converged(&cluster, "leader's cable mended", Instant::now(), census, Gone::default());
    traffic.assert_whole();
}

#[test]
fn most_members_are_gone_and_come_back() {
    let mut cluster = Cluster::start(3);
    let traffic = Traffic::between(cluster.named("a1"), cluster.named("b2"));
    let census = Census::begin(&cluster);
    (1..=2).for_each(|number| cluster.lab.member_mut(number).kill());
    // The third one answers, but without the others it must not agree to anything.
    thread::sleep(Duration::from_secs(2));
    super::told::assert_told(cluster.node(2), "network create -d overlay meanwhile", 1);
    thread::sleep(lasting(4, 60));
    cluster.lab.start_etcd().unwrap();
    assert_converged(&cluster, "most members back", Instant::now(), census, Gone::default());
    traffic.assert_whole();
}
