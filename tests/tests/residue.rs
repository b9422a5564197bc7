//! After all is done nothing is left: no namespace, link, route, queueing discipline, pin, program,
//! map, process, control group or directory that was not there before.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{env, fs, path::Path, thread, time::Duration};

use causeway_lab::{Lab, layout::PINS, residue::Snapshot, wait};

/// The kernel frees programs and maps a moment after their last user went.
const GRACE: Duration = Duration::from_secs(10);
/// How long nobody looks. Whoever lists maps opens each: one of programs whose last user has just gone is then
/// emptied a second time while it still is being emptied, which Linux 6.18 counts as a use that never ends
/// (`prog_array_map_clear` takes a reference for work that is queued already).
const BLIND: Duration = Duration::from_secs(2);

fn assert_nothing_since(before: &Snapshot) {
    let clean = || {
        let now = Snapshot::take()?;
        let left = now.since(before);
        anyhow::ensure!(left.is_empty(), "left behind:\n{}", left.join("\n"));
        Ok(true)
    };
    thread::sleep(BLIND);
    wait::until("all is gone", GRACE, clean).unwrap();
}

/// A cluster with every kind of thing in it.
fn busy_cluster() -> Lab {
    let lab = Lab::builder().nodes(2).start().unwrap();
    lab.node(1).cw("network create -d overlay web").unwrap();
    lab.node(1).cw("run -d --name stays --network web -- sleep 900").unwrap();
    lab.node(2).cw("run -d --name exits --network web -- true").unwrap();
    lab
}

#[test]
fn a_cluster_with_running_containers_leaves_nothing_behind() {
    let before = Snapshot::take().unwrap();
    let lab = busy_cluster();
    let during = Snapshot::take().unwrap();
    // So that finding nothing afterwards means something.
    for kind in ["namespace", "directory", "pin", "process", "program", "map"] {
        assert!(
            during.since(&before).iter().any(|line| line.starts_with(kind)),
            "the snapshot does not see a {kind}"
        );
    }
    drop(lab);
    assert_nothing_since(&before);
}

/// Whether the kernel hurries its grace periods.
fn hurry() -> String {
    fs::read_to_string("/sys/kernel/rcu_expedited").unwrap_or_default()
}

#[test]
fn a_cluster_whose_daemons_were_killed_leaves_nothing_behind() {
    let (before, hurried) = (Snapshot::take().unwrap(), hurry());
    let mut lab = busy_cluster();
    (1..=2).for_each(|number| lab.node_mut(number).kill_daemon());
    drop(lab);
    assert_nothing_since(&before);
    assert_eq!(hurry(), hurried);
}

#[test]
fn the_whole_suite_left_nothing_behind() {
    // `cargo xtask test` looks before the first test: what a lab or a run that was cut off had left by then is not
    // this suite's. Without it, nothing of a lab may be there at all.
    match env::var_os("CAUSEWAY_RESIDUE_BEFORE") {
        Some(file) => assert_nothing_since(&Snapshot::from_json(&fs::read_to_string(file).unwrap()).unwrap()),
        None => assert!(!Path::new(PINS).exists(), "{PINS} is left"),
    }
}
