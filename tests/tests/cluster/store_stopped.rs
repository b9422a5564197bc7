//! etcd goes away altogether, and comes back.

use std::{thread, time::Instant};

use super::{
    agreement::assert_converged,
    cast::{Cluster, lasting},
    census::{Census, Gone},
    told::assert_told,
    traffic::Traffic,
};

#[test]
fn etcd_is_stopped_and_what_runs_does_not_notice() {
    let mut cluster = Cluster::start(3);
    let (a1, a2, b1) = (cluster.named("a1"), cluster.named("a2"), cluster.named("b1"));
    let traffic = [Traffic::between(a1, a2), Traffic::between(a2, b1), Traffic::between(b1, a1)];
    let census = Census::begin(&cluster);
    cluster.lab.stop_etcd();
    let stopped = Instant::now();
    for number in [1, 3] {
        assert_told(cluster.node(number), "network create -d overlay meanwhile", 1);
    }
    // Longer than leases live: nobody who cannot be asked is counted as dead.
    thread::sleep(lasting(10, 60).saturating_sub(stopped.elapsed()));
    assert_eq!(cluster.named("b3").resolves("a1"), cluster.named("a1").ip.to_string());
    assert!(cluster.named("b3").pings(cluster.named("a1").ip));
    cluster.lab.start_etcd().unwrap();
    let healed = Instant::now();
    assert_converged(&cluster, "etcd stopped", healed, census, Gone::default());
    let packets: u32 = traffic.into_iter().map(Traffic::assert_whole).sum();
    println!("etcd stopped: {packets} packets, 0 lost");
}
