//! `run`: what is asked in which order, what is undone, which exit code.

use std::{
    io::Read as _,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use causeway::api::stream::Frame;
use causeway_lab::run::code;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;

use super::fake::{Answer, Fake, ID, Row, changed, created, refused};

const CREATE: &str = "POST /v1/containers";
const LOGS: &str = "GET /v1/containers/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/logs";
const START: &str =
    "POST /v1/containers/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/start";
const KILL: &str =
    "POST /v1/containers/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/kill";
const REMOVE: &str = "DELETE /v1/containers/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn frames() -> Vec<Frame> {
    vec![
        Frame::Stdout("out\n".into()),
        Frame::Stderr("err\n".into()),
        Frame::Stdout("more".into()),
        Frame::Exit(7),
    ]
}

fn rows(logs: Answer, start: Answer) -> [Row; 5] {
    [(CREATE, created(&[])), (LOGS, logs), (START, start), (KILL, changed()), (REMOVE, changed())]
}

/// `METHOD last-word-of-the-path` of what was asked.
fn asked(fake: &Fake) -> Vec<String> {
    let short = |line: &String| {
        let mut words = line.split([' ', '?']);
        let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        format!("{method} {}", path.rsplit('/').next().unwrap_or("").replace(ID, "ID"))
    };
    fake.heard().iter().map(short).collect()
}

#[test]
fn run_follows_the_output_before_it_starts_and_ends_with_the_commands_code() {
    let fake = Fake::answering(rows(Answer::Frames(frames()), changed()));
    let output = fake.causeway("run --network a -- sh -c x");
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (7, "out\nmore", "err\n"));
    assert_eq!(asked(&fake), ["POST containers", "GET logs", "POST start"]);
}

#[test]
fn run_sends_all_that_was_said() {
    let fake = Fake::answering(rows(Answer::Frames(frames()), changed()));
    let line = "run -d --name n --hostname h -e A=1 --label l=2 --rm --timeout 9 --network a --ip 10.0.0.2 \
                --network-alias x --network b --mac-address 02:42:0a:00:00:03 -- sh -c x";
    let output = fake.causeway(line);
    assert_eq!((output.code, output.stdout), (0, format!("{ID}\n")));
    let heard = fake.heard();
    let (path, body) = heard[0].rsplit_once("=9 ").unwrap();
    assert_eq!(path, "POST /v1/containers?timeout");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(body).unwrap(),
        json!({
            "name": "n", "hostname": "h", "env": ["A=1"], "labels": {"l": "2"}, "remove_on_exit": true,
            "command": ["sh", "-c", "x"],
            "networks": [
                {"network": "a", "ip": "10.0.0.2", "mac": null, "aliases": ["x"]},
                {"network": "b", "ip": null, "mac": "02:42:0a:00:00:03", "aliases": []},
            ],
        })
    );
    assert_eq!(asked(&fake), ["POST containers", "POST start"]);
}

#[test]
fn a_command_that_is_not_found_leaves_nothing() {
    for (detached, exit_code) in [("", 127), ("-d", 126)] {
        let start = Answer::Json(400, json!({"message": "no program 'x'", "exit_code": exit_code}));
        let fake = Fake::answering(rows(Answer::Frames(vec![]), start));
        let output = fake.causeway(&format!("run {detached} --network a x"));
        assert_eq!(output.code, exit_code);
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", "causeway: no program 'x'\n"));
        assert_eq!(asked(&fake).last().unwrap(), "DELETE ID");
    }
}

#[test]
fn a_failure_between_create_and_start_leaves_nothing() {
    let fake = Fake::answering(rows(refused(500, "no log"), changed()));
    let output = fake.causeway("run --network a x");
    assert_eq!((output.code, output.stderr.as_str()), (125, "causeway: no log\n"));
    assert_eq!(asked(&fake), ["POST containers", "GET logs", "DELETE ID"]);
}

#[test]
fn output_that_is_lost_does_not_end_the_container() {
    for logs in [Answer::Broken, Answer::Frames(frames()[..1].to_vec())] {
        let fake = Fake::answering(rows(logs, changed()));
        let output = fake.causeway("run --network a x");
        let line = "causeway: lost the output of 0123456789ab, which goes on: follow it with \
                    'causeway logs -f 0123456789ab'\n";
        assert_eq!((output.code, output.stderr.as_str()), (125, line));
        assert_eq!(asked(&fake), ["POST containers", "GET logs", "POST start"]);
    }
}

#[test]
fn a_refusal_to_create_is_125_and_asks_for_nothing_more() {
    let fake = Fake::answering([(CREATE, refused(404, "no network 'a'"))]);
    let output = fake.causeway("run --network a x");
    assert_eq!((output.code, output.stderr.as_str()), (125, "causeway: no network 'a'\n"));
    assert_eq!(fake.heard().len(), 1);
}

#[test]
fn run_without_a_network_leaves_the_choice_to_the_daemon_and_with_none_does_not() {
    let fake = Fake::answering(rows(Answer::Frames(frames()), changed()));
    assert_eq!(fake.causeway("run true").code, 7);
    assert!(fake.heard()[0].contains("\"networks\":[]") && !fake.heard()[0].contains("mode"));
    assert_eq!(fake.causeway("run --network none true").code, 7);
    let second = &fake.heard()[3];
    assert!(second.contains("\"networks\":[]") && second.contains("\"mode\":\"none\""), "{second}");
}

#[test]
fn run_rm_returns_when_the_container_has_gone() {
    // The fake knows no `GET …/ID`, so the container has gone as soon as it is looked for.
    let fake = Fake::answering(rows(Answer::Frames(frames()), changed()));
    assert_eq!(fake.causeway("run --rm --network a x").code, 7);
    assert_eq!(asked(&fake).last().unwrap(), "GET ID");
}

#[test]
fn laggards_do_not_keep_a_container_from_starting() {
    let fake = Fake::answering([(CREATE, created(&["node2"])), (START, changed())]);
    let output = fake.causeway("run -d --network a x");
    assert_eq!((output.code, output.stdout), (1, format!("{ID}\n")));
    assert!(output.stderr.contains("node2") && output.stderr.lines().count() == 1, "{}", output.stderr);
}

#[test]
fn every_signal_reaches_the_container_and_none_ends_run() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        let fake = Fake::answering(rows(Answer::UntilSignalledTwice, changed()));
        let mut child = fake.command(["run", "--network", "a", "x"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = [0; 2];
        child.stdout.take().unwrap().read_exact(&mut line).unwrap();
        for times in 1..=2 {
            kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
            wait_for_kills(&fake, times);
        }
        assert_eq!(ended(&mut child), 128 + signal as i32);
        let asked =
            fake.heard().iter().filter(|l| l.ends_with(&format!("kill?signal={}", signal as i32))).count();
        assert_eq!(asked, 2, "{:?}", fake.heard());
    }
}

/// `run` of which the fake has heard that it is to be started, and has not answered yet.
fn starting(fake: &Fake) -> Child {
    let child = fake.command(["run", "--network", "a", "x"]).stdout(Stdio::null()).spawn().unwrap();
    wait_for(fake, "/start", 1);
    child
}

fn interrupt(child: &Child) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
}

#[test]
fn a_signal_that_comes_while_it_starts_is_the_commands() {
    let fake = Fake::answering(rows(Answer::UntilSignalledTwice, Answer::Late));
    let mut child = starting(&fake);
    interrupt(&child);
    wait_for_kills(&fake, 1);
    interrupt(&child);
    assert_eq!(ended(&mut child), 130);
    assert!(!asked(&fake).contains(&"DELETE ID".to_owned()), "{:?}", fake.heard());
}

#[test]
fn a_second_signal_that_comes_while_it_starts_gives_up() {
    let fake = Fake::answering(rows(Answer::UntilSignalledTwice, Answer::Late));
    let mut child = starting(&fake);
    interrupt(&child);
    // Two that come at once are one.
    thread::sleep(Duration::from_millis(200));
    interrupt(&child);
    assert_eq!(ended(&mut child), 130);
    assert_eq!(asked(&fake).last().unwrap(), "DELETE ID");
}

fn wait_for_kills(fake: &Fake, count: usize) {
    wait_for(fake, "kill?", count);
}

fn wait_for(fake: &Fake, words: &str, count: usize) {
    let begun = Instant::now();
    while fake.heard().iter().filter(|l| l.contains(words)).count() < count {
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", fake.heard());
        thread::sleep(Duration::from_millis(5));
    }
}

fn ended(child: &mut Child) -> i32 {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return code(status);
        }
        if begun.elapsed() > Duration::from_secs(10) {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(5));
    }
}
