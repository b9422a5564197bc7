//! Daemons that are killed at random moments, under load: nothing is lost, nothing breaks.

use std::{thread, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::{cast::Cluster, load::Load};

/// Connections inside the network, and as many to the outside.
const CONNECTIONS: usize = 100;
/// The latest moment of a kill after its daemon was started: it answers by then, and often not yet.
const LATEST: u64 = 1500;
/// The longest time that there is no daemon, milliseconds.
const WITHOUT: u64 = 300;

/// How many daemons are killed.
fn rounds() -> usize {
    if std::env::var_os("CAUSEWAY_LONG").is_some() { 100 } else { 20 }
}

/// The moments follow from this number, which can be asked for again.
fn seed() -> u64 {
    let asked_for = std::env::var("CAUSEWAY_SEED").ok().and_then(|text| text.parse().ok());
    asked_for.unwrap_or_else(rand::random)
}

/// Kills daemons, in turn and again before they are ready, and starts them.
fn kill_at_random(cluster: &mut Cluster, moments: &mut StdRng) {
    for _ in 0..rounds() {
        let node = moments.random_range(1..=2);
        thread::sleep(Duration::from_millis(moments.random_range(0..LATEST)));
        cluster.lab.node_mut(node).kill_daemon();
        thread::sleep(Duration::from_millis(moments.random_range(0..WITHOUT)));
        cluster.lab.node_mut(node).start_daemon().unwrap();
    }
    [1, 2].iter().for_each(|node| cluster.node(*node).wait_ready(2).unwrap());
}

#[test]
fn daemons_that_are_killed_at_random_moments_lose_nothing() {
    let seed = seed();
    println!("the moments follow from CAUSEWAY_SEED={seed}");
    let mut cluster = Cluster::of(2);
    let mut load = Load::begin(&cluster, CONNECTIONS);
    let mut moments = StdRng::seed_from_u64(seed);
    let what = format!("{} kills", rounds());
    load.outlives(&mut cluster, &what, |cluster| kill_at_random(cluster, &mut moments));
    assert!(load.a.pings(load.b.ip) && load.b.pings(load.a.ip));
}
