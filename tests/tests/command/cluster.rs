//! Two nodes and etcd: what commands say where a node or the store does not answer.

use std::time::{Duration, Instant};

use causeway_lab::{Lab, Store};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::node::{assert_refused, cw, ok, read};

fn cluster() -> Lab {
    // A daemon that is stopped for a while is late, not dead.
    Lab::builder().nodes(2).store(Store::Etcd).config("lease_ttl = 30\n").start().unwrap()
}

#[test]
fn a_node_that_does_not_apply_a_change_is_named_and_the_change_stands() {
    let lab = cluster();
    ok(lab.node(1), "network create -d overlay net");
    ok(lab.node(1), "network create -d overlay own");
    ok(lab.node(1), "run -d --name c --network net sleep 600");
    ok(lab.node(1), "run -d --name alone --network own sleep 600");
    ok(lab.node(1), "run -d --name goes --network net sleep 600");
    ok(lab.node(2), "run -d --name d --network net sleep 600");
    let frozen = Pid::from_raw(lab.node(2).daemon_pid().unwrap());
    kill(frozen, Signal::SIGSTOP).unwrap();
    let late = cw(lab.node(1), "network create -d overlay --timeout 1 late");
    let stopped = cw(lab.node(1), "stop --timeout 1 c");
    let removed = cw(lab.node(1), "rm -f --timeout 1 goes");
    let unconcerned = cw(lab.node(1), "stop --timeout 1 alone");
    let unwaited = cw(lab.node(1), "network create -d overlay --no-wait unwaited");
    kill(frozen, Signal::SIGCONT).unwrap();
    assert_eq!((late.code, late.stdout.trim().len()), (1, 64), "{}", late.stderr);
    assert!(late.stderr.contains("node2") && late.stderr.lines().count() == 1, "{}", late.stderr);
    assert_eq!((stopped.code, stopped.stdout.as_str()), (1, "c\n"), "{}", stopped.stderr);
    assert_eq!((removed.code, removed.stdout.as_str()), (1, "goes\n"), "{}", removed.stderr);
    for said in [&stopped.stderr, &removed.stderr] {
        assert!(said.contains("node2") && said.lines().count() == 1, "{said}");
    }
    assert_eq!((unconcerned.code, unconcerned.stderr.as_str()), (0, ""), "nobody else is in its network");
    assert_eq!((unwaited.code, unwaited.stderr.as_str()), (0, ""));
    ok(lab.node(1), "network create -d overlay after");
    assert_eq!(read(lab.node(2), "network inspect late unwaited after").as_array().unwrap().len(), 3);
}

#[test]
fn names_are_unique_in_the_cluster_and_ps_shows_the_node_that_answers() {
    let lab = cluster();
    let (one, two) = (lab.node(1), lab.node(2));
    ok(one, "network create -d overlay net");
    ok(one, "run -d --name c --network net sleep 600");
    assert_refused("run", &cw(two, "run -d --name c --network net true"), 125, &["'c'", "exists"]);
    assert_refused("create", &cw(two, "network create -d overlay net"), 1, &["'net'", "exists"]);
    assert_refused("rm", &cw(two, "network rm net"), 1, &["'net'", "in use", "c"]);
    assert_eq!(ok(two, "ps -aq"), "");
    assert_eq!(read(two, "node ls --format json").as_array().unwrap().len(), 2);
}

#[test]
fn a_container_of_another_node_is_shown_and_is_said_to_be_there() {
    let lab = cluster();
    let (one, two) = (lab.node(1), lab.node(2));
    ok(one, "network create -d overlay net");
    ok(one, "network create -d overlay spare");
    ok(one, "run -d --name c --network net sleep 600");
    let shown = read(two, "inspect c");
    let mut own = read(one, "inspect c");
    assert!(own[0]["LogPath"].take().as_str().is_some_and(|path| path.contains("/node1/")));
    own[0]["LogPath"] = "".into();
    assert_eq!(shown, own, "all but a path of that node's");
    assert!(shown[0]["NetworkSettings"]["Networks"]["net"]["IPAddress"].is_string(), "{shown}");
    for line in ["stop c", "rm -f c", "logs c", "network connect spare c", "network disconnect net c"] {
        assert_refused(line, &cw(two, line), 1, &["'c'", "node1"]);
    }
    assert_refused("stop", &cw(two, "stop nobody"), 1, &["nobody"]);
    assert_eq!(read(two, "network inspect net")[0]["Containers"].as_object().unwrap().len(), 1);
}

#[test]
fn a_store_that_is_gone_is_one_line_and_what_runs_goes_on() {
    let lab = cluster();
    let node = lab.node(1);
    ok(node, "network create -d overlay net");
    ok(node, "run -d --name c --network net sleep 600");
    causeway_lab::ip::ip(lab.switch(), "link set br0 down").unwrap();
    let begun = Instant::now();
    for (line, code) in [("network create -d overlay x", 1), ("run --network net true", 125)] {
        assert_refused(line, &cw(node, line), code, &["198.18.0.254:2379"]);
    }
    assert!(begun.elapsed() < Duration::from_secs(45), "{:?}", begun.elapsed());
    assert_eq!(cw(node, "exec c -- sh -c 'exit 3'").code, 3);
    let connected = || read(node, "status --format json")["StoreConnected"] == true;
    super::node::wait_until("status says that the store is gone", || !connected());
    causeway_lab::ip::ip(lab.switch(), "link set br0 up").unwrap();
    super::node::wait_until("the store is back", || cw(node, "network create -d overlay y").code == 0);
    assert_eq!(ok(node, "ps -a --format json").matches("\"Name\"").count(), 1, "something half-made is left");
}
