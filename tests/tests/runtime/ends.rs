//! How containers end, and with which status.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use causeway::runtime::RuntimeError;

use super::scratch::{Scratch, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_commands_status_is_the_containers() {
    for code in [0, 3] {
        let scratch = Scratch::new();
        let (exit, _) = scratch.run(&format!("exit {code}")).await;
        assert_eq!(exit.code, code);
        assert!(exit.finished > 1_700_000_000);
        assert_eq!(scratch.container.exit().unwrap(), Some(exit));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_executed_ends_with_126_or_127() {
    let file = tempfile::NamedTempFile::with_prefix("hC-").unwrap();
    let refused = file.path().to_str().unwrap();
    let cases = [
        ("hC-no-such-program", 127, "cannot run 'hC-no-such-program': executable file not found in $PATH"),
        ("/hC/none", 127, "cannot run '/hC/none': no such file or directory"),
        (refused, 126, "permission denied"),
        ("/tmp", 126, "permission denied"),
    ];
    for (program, code, line) in cases {
        let scratch = Scratch::new();
        let failed = scratch.container.start(&scratch.spec(&[program])).await.unwrap_err();
        assert_eq!(failed.exit_code(), Some(code));
        assert!(failed.to_string().contains(line), "{failed}");
        assert_eq!(scratch.container.wait().await.unwrap().code, code);
        assert_eq!(scratch.cgroup(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_is_told_by_the_status() {
    let scratch = Scratch::new();
    scratch.script("exec sleep 1000").await;
    assert!(matches!(scratch.container.kill(4711), Err(RuntimeError::BadSignal(4711))));
    scratch.container.kill(15).unwrap();
    assert_eq!(scratch.container.wait().await.unwrap().code, 143);
    assert!(matches!(scratch.container.kill(15), Err(RuntimeError::NotRunning)));
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_lets_a_program_end_in_its_own_way() {
    let scratch = Scratch::new();
    scratch.script("trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.05; done").await;
    scratch.until("ready").await;
    scratch.container.stop(Duration::from_secs(10)).await.unwrap();
    assert_eq!(scratch.container.wait().await.unwrap().code, 9);
    assert_eq!(scratch.said().await, "ready\nbye\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_kills_a_tree_that_will_not_listen() {
    let scratch = Scratch::new();
    // Forked twice, in a session of its own and deaf: nothing but its control group finds it.
    let deaf = "trap '' TERM HUP INT; sleep 1000; sleep 1000";
    let running =
        scratch.script(&format!("trap '' TERM; (setsid sh -c \"{deaf}\" &); echo ready; {deaf}")).await;
    scratch.until("ready").await;
    assert!(eventually(|| scratch.processes().len() == 4), "{:?}", scratch.processes());
    assert!(
        eventually(|| parents(&scratch).contains(&running.shim_pid)),
        "orphans go to the shim, which reaps them"
    );
    let begun = Instant::now();
    scratch.container.stop(Duration::from_millis(300)).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(scratch.processes().len(), 0);
    assert_eq!(scratch.container.wait().await.unwrap().code, 137);
    scratch.container.stop(Duration::ZERO).await.unwrap();
}

/// The parents of the container's processes but for those of its main process.
fn parents(scratch: &Scratch) -> Vec<u32> {
    let main = scratch.container.running().unwrap().unwrap().pid;
    let parent = |pid| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
    };
    scratch.processes().into_iter().filter(|pid| *pid != main).filter_map(parent).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_main_process_leaves_ends_with_it() {
    let scratch = Scratch::new();
    let (exit, _) = scratch.run("sleep 1000 & (setsid sleep 1000 &) ; exit 3").await;
    assert_eq!(exit.code, 3);
    assert_eq!(scratch.processes().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_of_a_container_that_is_removed() {
    let scratch = Scratch::new();
    let running = scratch.script("echo ready; exec sleep 1000").await;
    scratch.until("ready").await;
    assert!(scratch.cgroup().is_some());
    assert!(matches!(scratch.container.remove(), Err(RuntimeError::StillRunning)));
    scratch.container.stop(Duration::ZERO).await.unwrap();
    scratch.container.remove().unwrap();
    assert_eq!(scratch.cgroup(), None);
    assert_eq!(fs::read_dir(scratch.containers()).unwrap().count(), 0);
    assert_eq!(
        fs::read_to_string(format!("/proc/{}/status", running.shim_pid)).unwrap_or_default().find("VmSize"),
        None
    );
    for pid in [running.pid, running.shim_pid] {
        assert!(eventually(|| !Path::new(&format!("/proc/{pid}")).exists()), "{pid} was not reaped");
    }
}
