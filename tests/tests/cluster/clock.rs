//! A node's clock jumps.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{
    agreement::assert_converged,
    cast::{Cluster, TTL},
    census::{Census, Gone},
    traffic::Traffic,
};

/// faketime's library, by which a program's clock can be set while it runs (Debian: faketime).
const LIBRARY: &str = "faketime/libfaketime.so.1";

/// Starts node `number`'s daemon again under a clock of its own, which `file` sets.
fn own_clock(cluster: &mut Cluster, number: usize, file: &Path) {
    let library = Path::new("/usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH)).join(LIBRARY);
    assert!(library.exists(), "{} is not there; install faketime", library.display());
    fs::write(file, "+0\n").unwrap();
    cluster.lab.node_mut(number).stop_daemon();
    let environment = [
        ("LD_PRELOAD", library.as_os_str()),
        ("FAKETIME_TIMESTAMP_FILE", file.as_os_str()),
        ("FAKETIME_NO_CACHE", "1".as_ref()),
        // Clocks that jump are those of the day; the one that counts since the start does not.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".as_ref()),
    ];
    cluster.lab.node_mut(number).start_daemon_with(environment).unwrap();
    cluster.node(number).wait_ready(3).unwrap();
}

#[test]
fn a_node_s_clock_jumps_there_and_back() {
    let mut cluster = Cluster::start(3);
    let file = cluster.lab.layout().root.join("clock");
    own_clock(&mut cluster, 2, &file);
    let traffic = Traffic::between(cluster.named("a1"), cluster.named("a2"));
    let census = Census::begin(&cluster);
    for jump in ["+1y", "-1y"] {
        fs::write(&file, format!("{jump}\n")).unwrap();
        let until = Instant::now() + TTL + Duration::from_secs(1);
        while Instant::now() < until {
            for asked in 1..=3 {
                let states = cluster.node_states(asked);
                assert!(states.iter().all(|state| state == "Ready"), "node{asked}, clock {jump}: {states:?}");
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
    let far = cluster.container(2, "far");
    let created = cluster.node(2).cw("inspect far").unwrap();
    let day = causeway_lab::run::output(
        std::process::Command::new("date").args(["-u", "-d", "-1 year", "+%Y"]),
        causeway_lab::run::LIMIT,
    );
    let year = day.unwrap().stdout;
    assert!(
        created.contains(&format!("\"Created\": \"{}", year.trim())),
        "its clock did not jump: {created}"
    );
    assert!(far.pings(cluster.named("a1").ip));
    fs::write(&file, "+0\n").unwrap();
    assert_converged(&cluster, "clock set right", Instant::now(), census, Gone::default());
    traffic.assert_whole();
}
