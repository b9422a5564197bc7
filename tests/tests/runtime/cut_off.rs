//! A start that is cut off: nothing goes on of which nobody knows.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use super::scratch::{STARTER, Scratch, eventually};

/// Has a shim start a command as the daemon would, with this for its standard output.
fn shim(scratch: &Scratch, dir: &PathBuf, output: Stdio) -> Output {
    fs::create_dir_all(dir).unwrap();
    let spec = scratch.spec(&["sleep", "1000"]);
    fs::write(dir.join("spec.json"), serde_json::to_vec(&spec).unwrap()).unwrap();
    let shim = Command::new(STARTER).arg("shim").arg(dir).stdout(output).spawn().unwrap();
    shim.wait_with_output().unwrap()
}

fn directory(scratch: &Scratch) -> PathBuf {
    scratch.containers().join(scratch.id.as_str())
}

#[test]
fn a_command_that_runs_where_nobody_listens_is_ended() {
    let scratch = Scratch::new();
    let (daemon, output) = std::io::pipe().unwrap();
    drop(daemon);
    let ended = shim(&scratch, &directory(&scratch), output.into());
    assert!(!ended.status.success());
    assert_eq!((scratch.processes().len(), scratch.cgroup()), (0, None));
}

#[test]
fn a_command_that_cannot_be_written_down_is_ended() {
    let scratch = Scratch::new();
    // Nothing can be moved there.
    fs::create_dir_all(directory(&scratch).join("running.json/in the way")).unwrap();
    let ended = shim(&scratch, &directory(&scratch), Stdio::piped());
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(!ended.status.success() && said.contains("running.json"), "{said}");
    assert_eq!((scratch.processes().len(), scratch.cgroup()), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_though_nothing_says_so_is_ended_with_the_rest() {
    let scratch = Scratch::new();
    let running = scratch.script("sleep 1000; sleep 1000").await;
    assert!(eventually(|| scratch.processes().len() == 2));
    assert!(Command::new("kill").args(["-9", &running.shim_pid.to_string()]).status().unwrap().success());
    fs::remove_file(directory(&scratch).join("running.json")).unwrap();
    scratch.container.end().await.unwrap();
    assert_eq!((scratch.processes().len(), scratch.cgroup()), (0, None));
    scratch.container.remove().unwrap();
}
