//! A daemon is replaced by another: nothing is lost, nothing breaks, whichever build the other is.

use std::{
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use causeway_lab::wait;
use causeway_tests::dataplane::pins;

use super::{
    cast::{Cluster, SOON},
    load::Load,
};

/// Connections of each kind.
const CONNECTIONS: usize = 25;
/// How long a daemon may take to answer.
const READY: Duration = Duration::from_secs(20);

/// What becomes of the pins while no daemon looks after them.
type Change = fn(&Path) -> Result<()>;

fn nothing(_: &Path) -> Result<()> {
    Ok(())
}

fn earlier_layout(bpf_dir: &Path) -> Result<()> {
    pins::as_earlier_layout(bpf_dir, 0)
}

/// Two nodes; packets and connections from node 1's `a` to node 2's `b`, connections from `a` to the outside.
#[test]
fn daemons_are_replaced_under_load_without_a_loss() {
    let mut cluster = Cluster::of(2);
    let mut load = Load::begin(&cluster, CONNECTIONS);
    let replacements: [(&str, Change); 3] = [
        ("the same build", nothing),
        ("a build of another version", pins::as_another_version),
        ("a build of another layout", earlier_layout),
    ];
    for (what, change) in replacements {
        let took = load.outlives(&mut cluster, what, |cluster| replace(cluster, change));
        println!("{what}: answers after {took:?}");
    }
    let late = cluster.container(1, "web", "late");
    wait::until("who comes later is reached", SOON, || Ok(late.pings_once(load.b.ip))).unwrap();
}

/// Replaces both daemons, one after the other; how long each took until it answered.
fn replace(cluster: &mut Cluster, change: Change) -> [Duration; 2] {
    [1, 2].map(|number: u8| {
        let layout = cluster.lab.layout();
        let (bpf_dir, socket) = (layout.bpf_dir(number), layout.node_dir(number).join("run/causeway.sock"));
        let node = cluster.lab.node_mut(number.into());
        node.kill_daemon();
        change(&bpf_dir).unwrap();
        let begun = Instant::now();
        node.start_daemon().unwrap();
        wait::until("it answers", READY, || Ok(UnixStream::connect(&socket).is_ok())).unwrap();
        let took = begun.elapsed();
        node.wait_ready(2).unwrap();
        took
    })
}
