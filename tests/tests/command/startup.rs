//! Why `causewayd` does not start: one line each, status 1, and nothing is left.

use std::{path::Path, time::Duration};

use causeway_lab::{Lab, Node, Output, run};

use super::{
    node::{assert_refused, lab, without_daemon},
    stranger,
};

/// `causewayd` in its node's namespace with these arguments before its directories.
fn daemon(lab: &Lab, wrapper: &[&str], arguments: &[&str]) -> Output {
    let node = lab.node(1);
    let daemon = lab.layout().bins.join("causewayd");
    let words = wrapper.iter().map(Path::new).chain([daemon.as_path()]).collect::<Vec<_>>();
    let mut command = node.command(words[0]);
    command.args(&words[1..]).args(["--node", "node1"]).args(arguments);
    let dir = lab.layout().node_dir(1);
    command.arg("--state-dir").arg(dir.join("state")).arg("--run-dir").arg(dir.join("run"));
    command.arg("--bpf-dir").arg(lab.layout().bpf_dir(1));
    run::output(&mut command, Duration::from_secs(20)).unwrap()
}

fn links(node: &Node) -> String {
    node.sh("ip -o -br link").unwrap()
}

const HERE: &[&str] = &["--underlay", "198.18.0.1"];

/// Runs the daemon, which must say why it does not start, and looks at what is left.
fn refuses(lab: &Lab, wrapper: &[&str], arguments: &[&str], needles: &[&str]) {
    let before = links(lab.node(1));
    let output = daemon(lab, wrapper, arguments);
    assert_refused(&arguments.join(" "), &output, 1, needles);
    assert_eq!(links(lab.node(1)), before);
    let pins = std::fs::read_dir(lab.layout().bpf_dir(1)).map_or(0, Iterator::count);
    assert_eq!(pins, 0, "pins are left");
    assert!(!lab.layout().node_dir(1).join("run/causeway.sock").exists());
}

#[test]
fn a_second_daemon_in_the_same_directories() {
    let lab = lab();
    let output = daemon(&lab, &[], HERE);
    assert_refused("second daemon", &output, 1, &["in use", lab.layout().node_dir(1).to_str().unwrap()]);
    super::node::ok(lab.node(1), "ps");
}

#[test]
fn an_etcd_that_does_not_answer() {
    let lab = without_daemon();
    let store = ["--underlay", "198.18.0.1", "--store", "etcd://198.18.0.254:2379"];
    refuses(&lab, &[], &store, &["198.18.0.254:2379", "etcd"]);
}

#[test]
fn an_underlay_that_is_not_there() {
    let lab = without_daemon();
    refuses(&lab, &[], &["--underlay", "nosuch0"], &["nosuch0"]);
    refuses(&lab, &[], &["--underlay", "198.18.0.77"], &["198.18.0.77"]);
    // Without a default route there is no default for --underlay.
    lab.node(1).exec(["ip", "route", "flush", "0/0"]).unwrap();
    refuses(&lab, &[], &[], &["--underlay"]);
}

#[test]
fn an_underlay_whose_mtu_leaves_too_little() {
    let lab = without_daemon();
    lab.node(1).sh("ip link set eth0 mtu 600").unwrap();
    refuses(&lab, &[], HERE, &["eth0", "600", "MTU"]);
}

#[test]
fn a_kernel_that_does_not_describe_its_types() {
    let lab = without_daemon();
    // In a mount namespace of its own the daemon sees what a kernel without BTF shows: no file.
    let hide = "mount -t tmpfs none /sys/kernel/btf && exec \"$@\"";
    refuses(&lab, &["unshare", "--mount", "sh", "-c", hide, "sh"], HERE, &["BTF", "CONFIG_DEBUG_INFO_BTF"]);
}

#[test]
fn a_user_that_is_not_root() {
    let lab = without_daemon();
    // Root without capabilities would still be root.
    let output = stranger::output(&lab, "causewayd", HERE);
    assert_refused("no root", &output, 1, &["root"]);
}

#[test]
fn words_that_are_none() {
    let lab = without_daemon();
    for arguments in [&["--bogus"][..], &["--metrics", "nowhere"]] {
        assert_eq!(daemon(&lab, &[], arguments).code, 2, "{arguments:?}");
    }
    refuses(&lab, &[], &["--underlay", "198.18.0.1", "--store", "sqlite"], &["sqlite"]);
}
