//! No daemon, or one that is not for this user; and addresses that are none.

use std::{os::unix::net::UnixListener, time::Duration};

use causeway_lab::{Output, run};

use super::fake;

fn causeway(host: &str, line: &str) -> Output {
    let mut command = fake::command("/".as_ref(), line.split_whitespace());
    run::output(command.env("CAUSEWAY_HOST", host), Duration::from_secs(20)).unwrap()
}

#[test]
fn every_verb_says_that_there_is_no_daemon_and_what_to_do() {
    let host = "unix:///nowhere/s";
    for (line, code) in [
        ("network create -d overlay a", 1),
        ("network ls", 1),
        ("network inspect a b", 1),
        ("network rm a b", 1),
        ("run --network a true", 125),
        ("run -d --network a true", 125),
        ("attach --pid 1 --network a b", 1),
        ("detach a", 1),
        ("exec a true", 125),
        ("ps", 1),
        ("inspect a", 1),
        ("stop a", 1),
        ("rm -f a", 1),
        ("logs a", 1),
        ("service create -p 80 a", 1),
        ("service ls", 1),
        ("service inspect a b", 1),
        ("service update --drain b a", 1),
        ("service rm a b", 1),
        ("service ps a", 1),
        ("node ls", 1),
        ("node inspect a", 1),
        ("status", 1),
        ("version", 1),
    ] {
        let output = causeway(host, line);
        assert_eq!((output.code, output.stderr.lines().count()), (code, 1), "{line}: {}", output.stderr);
        assert!(output.stderr.contains("unix:///nowhere/s: is causewayd running?"), "{}", output.stderr);
    }
}

#[test]
fn a_socket_that_nobody_listens_on_is_no_daemon_either() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    drop(UnixListener::bind(&path).unwrap());
    let output = causeway(&format!("unix://{}", path.display()), "ps");
    assert!(output.stderr.contains("is causewayd running?"), "{}", output.stderr);
}

#[test]
fn an_address_that_is_none_is_wrong_usage() {
    for (line, code) in [("ps", 2), ("run --network a true", 125)] {
        let output = causeway("tcp://127.0.0.1:1", line);
        assert_eq!((output.code, output.stderr.lines().count()), (code, 1));
        assert!(output.stderr.contains("'tcp://127.0.0.1:1'"), "{}", output.stderr);
    }
}

#[test]
fn the_option_wins_over_the_variable() {
    for line in ["-H unix:///other ps", "ps --host unix:///other", "--host=unix:///other ps"] {
        let output = causeway("unix:///nowhere/s", line);
        assert!(output.stderr.contains("unix:///other:"), "{line}: {}", output.stderr);
    }
}

#[test]
fn what_is_not_there_yet_is_refused_by_name() {
    for (line, code, name) in [
        ("network connect --link c a b", 2, "--link"),
        ("node update --availability pause x", 2, "--availability"),
        ("node update x", 2, "--availability"),
        ("service create --replicas 2 a", 2, "--replicas"),
        ("run -p 80:80/sctp --network a x", 125, "SCTP"),
        ("run --link y --network a x", 125, "--link"),
        ("run --bogus --network a x", 125, "--bogus"),
        ("exec -t x true", 125, "-t"),
        ("bogus", 2, "bogus"),
    ] {
        let output = causeway("unix:///nowhere/s", line);
        assert_eq!((output.code, output.stderr.lines().count()), (code, 1), "{line}: {}", output.stderr);
        assert!(
            output.stderr.contains(name) && !output.stderr.contains("causewayd"),
            "{line}: {}",
            output.stderr
        );
    }
}
