//! `run`, `ps`, `inspect`, `exec`, `logs`, `stop` and `rm` against a real daemon.

use std::{
    io::Write as _,
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

use causeway_lab::{Lab, Node, run::code};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::node::{assert_refused, cw, lab, ok, read, wait_until};

/// A node with the network `net`, 10.77.0.0/24.
fn lab_with_network() -> Lab {
    let lab = lab();
    ok(lab.node(1), "network create -d overlay --subnet 10.77.0.0/24 net");
    lab
}

#[test]
fn a_container_runs_is_seen_stops_and_is_removed() {
    let lab = lab_with_network();
    let node = lab.node(1);
    let id = ok(
        node,
        "run -d --name web --hostname host1 --network net --ip 10.77.0.9 --label a=b -e X=1 sleep 600",
    );
    assert!(id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    assert_eq!(ok(node, "ps -q"), id[..12]);
    let netns = format!("/run/netns/cw-{}", &id[..12]);
    assert!(Path::new(&netns).exists());

    let mut shape = read(node, "inspect web")[0].take();
    assert_eq!(shape["Id"], id.as_str());
    assert_eq!(shape["NetworkSettings"]["SandboxKey"], netns.as_str());
    redact(&mut shape);
    insta::assert_json_snapshot!("container_inspect", shape);

    assert_eq!(ok(node, "exec web hostname"), "host1");
    assert_eq!(ok(node, "exec web -- sh -c 'echo $X'"), "1");
    assert_refused("rm web", &cw(node, "rm web"), 1, &["'web'", "-f"]);
    assert_eq!(ok(node, "stop -t 1 web"), "web");
    assert_eq!(ok(node, "stop web"), "web");
    assert_eq!(ok(node, "ps -q"), "");
    let listed = read(node, "ps -a --format json");
    assert_eq!((&listed[0]["State"], &listed[0]["ExitCode"]), (&"exited".into(), &143.into()));
    assert_eq!(ok(node, "rm web"), "web");
    assert_eq!(ok(node, "ps -aq"), "");
    assert!(!Path::new(&netns).exists());
}

/// Replaces what differs from run to run.
fn redact(shape: &mut serde_json::Value) {
    let endpoint = shape["NetworkSettings"]["Networks"]["net"].as_object_mut().unwrap();
    for key in ["NetworkID", "EndpointID", "HostInterface"] {
        endpoint[key] = key.into();
    }
    shape["NetworkSettings"]["SandboxKey"] = "PATH".into();
    for (key, value) in [("Id", "ID"), ("Created", "TIME"), ("LogPath", "PATH")] {
        shape[key] = value.into();
    }
    for key in ["Pid", "StartedAt"] {
        shape["State"][key] = key.into();
    }
}

#[test]
fn exit_codes_and_streams_are_the_commands_own() {
    let lab = lab_with_network();
    let node = lab.node(1);
    ok(node, "run -d --name c --network net sleep 600");
    for (line, code, stdout, stderr) in [
        ("sh -c 'echo out; echo err >&2; exit 7'", 7, "out\n", "err\n"),
        ("true", 0, "", ""),
        ("sh -c 'kill -9 $$'", 137, "", ""),
        ("sh -c 'kill -TERM $$'", 143, "", ""),
        ("printf 'a b'", 0, "a b", ""),
        ("sh -c 'cat; echo end'", 0, "end\n", ""),
    ] {
        for verb in ["run --rm --network net --", "run --network none", "exec c --"] {
            let output = cw(node, &format!("{verb} {line}"));
            let said = (output.code, output.stdout.as_str(), output.stderr.as_str());
            assert_eq!(said, (code, stdout, stderr), "{verb} {line}");
        }
    }
    assert_eq!(ok(node, "run --network net -e X=1 -e Y=2 -- sh -c 'echo $X$Y'"), "12");
}

#[test]
fn containers_that_ended_stay_until_they_are_removed_unless_rm_was_said() {
    let lab = lab_with_network();
    let node = lab.node(1);
    assert_eq!(cw(node, "run --name kept --network net -- sh -c 'echo one; echo two >&2; exit 3'").code, 3);
    assert_eq!(cw(node, "run --rm --name gone --network net -- sh -c 'exit 4'").code, 4);
    let listed = read(node, "ps -a --format json");
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!((&listed[0]["Name"], &listed[0]["ExitCode"]), (&"kept".into(), &3.into()));
    let logs = cw(node, "logs kept");
    assert_eq!((logs.code, logs.stdout.as_str(), logs.stderr.as_str()), (0, "one\n", "two\n"));
    // The name is free as soon as `run --rm` returns.
    assert_eq!(cw(node, "run --rm --name gone --network net true").code, 0);
    ok(node, "rm -f kept");
    assert_eq!(ok(node, "ps -aq"), "");
}

#[test]
fn signals_reach_a_container_in_the_foreground() {
    let lab = lab_with_network();
    let node = lab.node(1);
    let script = "trap 'echo first' INT; trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = foreground(node, &["run", "--name", "c", "--network", "net", "--", "sh", "-c", script]);
    wait_until("the trap is set", || cw(node, "logs c").stdout.contains("ready"));
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    for count in 1..=2 {
        kill(pid, Signal::SIGINT).unwrap();
        wait_until("the trap has run", || cw(node, "logs c").stdout.matches("first").count() == count);
    }
    kill(pid, Signal::SIGTERM).unwrap();
    assert_eq!(code(child.wait().unwrap()), 9);
    assert_eq!(read(node, "ps -a --format json")[0]["ExitCode"], 9);
}

fn foreground(node: &Node, words: &[&str]) -> Child {
    node.command("causeway").args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

#[test]
fn exec_passes_its_input_and_its_signals_on() {
    let lab = lab_with_network();
    let node = lab.node(1);
    ok(node, "run -d --name c --network none sleep 600");
    let mut child = foreground(node, &["exec", "c", "cat"]);
    let sent: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let mut stdin = child.stdin.take().unwrap();
    let copy = sent.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&copy).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success() && output.stdout == sent, "{} bytes came back", output.stdout.len());

    let script = "trap 'exit 5' INT; echo ready; while :; do sleep 0.05; done";
    let mut child = foreground(node, &["exec", "c", "sh", "-c", script]);
    let mut ready = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut ready).unwrap();
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    assert_eq!(code(child.wait().unwrap()), 5);
}

#[test]
fn logs_follow_until_the_end() {
    let lab = lab_with_network();
    let node = lab.node(1);
    ok(node, "run -d --name c --network none -- sh -c 'echo a; sleep 0.5; echo b'");
    assert_eq!(cw(node, "logs -f c").stdout, "a\nb\n");
}

#[test]
fn stop_kills_all_that_the_container_forked() {
    let lab = lab_with_network();
    let node = lab.node(1);
    let script = "trap : TERM; sleep 611 & echo $!; wait; sleep 611";
    ok(node, &format!("run -d --name c --network none -- sh -c '{script}'"));
    wait_until("it has forked", || cw(node, "logs c").stdout.contains('\n'));
    let begun = std::time::Instant::now();
    ok(node, "stop -t 1 c");
    assert!(begun.elapsed() < Duration::from_secs(8));
    let forked = cw(node, "logs c").stdout.trim().to_owned();
    wait_until("the forked one is gone", || !Path::new("/proc").join(&forked).exists());
}

#[test]
fn an_attached_namespace_is_a_container_until_it_is_detached() {
    let lab = lab_with_network();
    let node = lab.node(1);
    let name = format!("cwt{}-outer", std::process::id());
    let netns = causeway_lab::Netns::create(&name).unwrap();
    let id =
        ok(node, &format!("attach --netns {} --network net --ip 10.77.0.20 outer", netns.path().display()));
    assert_eq!(ok(node, "ps -q"), id[..12]);
    assert!(causeway_lab::ip::ip(&netns, "-o -4 addr show dev eth0").unwrap().contains("10.77.0.20/24"));
    let again = cw(node, &format!("attach --netns {} --network net other", netns.path().display()));
    assert_refused("attach twice", &again, 1, &["outer"]);
    assert_refused("rm outer", &cw(node, "rm -f outer"), 1, &["causeway detach outer"]);
    assert_eq!(ok(node, "detach outer"), "outer");
    assert!(causeway_lab::ip::ip(&netns, "-o link").unwrap().lines().all(|l| !l.contains("eth0")));
    assert_eq!(ok(node, "ps -aq"), "");

    let mut sleeper = causeway_lab::spawn::command(&netns, "sleep").arg("600").spawn().unwrap();
    ok(node, &format!("attach --pid {} --network net by-pid", sleeper.id()));
    assert_eq!(
        ok(node, "ps --filter name=by-pid --format json -q").len(),
        "[\n    \"0123456789ab\"\n]".len()
    );
    ok(node, "detach by-pid");
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}
