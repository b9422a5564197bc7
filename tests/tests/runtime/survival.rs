//! Containers outlive the daemon; a later daemon knows what became of them.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use causeway::runtime::Container;

use super::scratch::{STARTER, Scratch, eventually};

/// Starts `script` by a process of its own that ignores INT, and that is then killed as hard as can be.
fn start_and_die(scratch: &Scratch, script: &str) {
    let spec = serde_json::to_string(&scratch.spec(&["sh", "-c", script])).unwrap();
    let mut daemon = Command::new("sh")
        .args(["-c", "trap '' INT; exec \"$@\"", "sh", STARTER, "start"])
        .args([scratch.containers(), Path::new(scratch.id.as_str())])
        .arg(spec)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut line).unwrap();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert!(line.trim().parse::<u32>().is_ok(), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemons_death_does_not_end_a_container() {
    let scratch = Scratch::new();
    start_and_die(&scratch, "echo before; exec sleep 1000");
    scratch.until("before").await;
    let later = Container::new(scratch.containers(), &scratch.id);
    let running = later.running().unwrap().unwrap();
    assert!(scratch.processes().contains(&running.pid));
    later.kill(15).unwrap();
    assert_eq!(later.wait().await.unwrap().code, 143);
    assert_eq!(scratch.cgroup(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_that_the_daemon_ignores_are_not_ignored_by_a_container() {
    let scratch = Scratch::new();
    start_and_die(&scratch, "grep -E 'Sig(Ign|Blk)' /proc/self/status");
    scratch.container.wait().await.unwrap();
    let said = scratch.said().await;
    assert_eq!(said.lines().count(), 2);
    for line in said.lines() {
        let signals = u64::from_str_radix(line.split_once('\t').unwrap().1, 16).unwrap();
        // 32 and 33 are the C library's own: nobody can set them by signal(2).
        assert_eq!(signals & !(0b11 << 31), 0, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_while_no_daemon_ran_is_known_afterwards() {
    let scratch = Scratch::new();
    start_and_die(&scratch, "echo words; sleep 0.3; exit 4");
    assert!(eventually(|| scratch.processes().is_empty()));
    let later = Container::new(scratch.containers(), &scratch.id);
    assert_eq!(later.wait().await.unwrap().code, 4);
    assert_eq!(scratch.said().await, "words\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_shim_a_container_is_over() {
    let scratch = Scratch::new();
    let running = scratch.script("trap '' TERM HUP PIPE; sleep 1000; sleep 1000").await;
    assert!(eventually(|| scratch.processes().len() == 2));
    assert!(Command::new("kill").args(["-9", &running.shim_pid.to_string()]).status().unwrap().success());
    assert_eq!(scratch.container.wait().await.unwrap().code, 137);
    assert_eq!(scratch.processes().len(), 0);
    assert_eq!(scratch.cgroup(), None);
    assert!(scratch.container.running().unwrap().is_none());
}
