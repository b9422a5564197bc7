//! `exec` and `logs`: refusals before and behind the switch of protocols.

use causeway::api::stream::Frame;

use super::fake::{Answer, Fake, refused};

#[test]
fn exec_in_what_is_not_there_is_125() {
    let fake = Fake::answering([("POST /v1/containers/c/exec", refused(404, "no container 'c'"))]);
    let output = fake.causeway("exec c true");
    assert_eq!((output.code, output.stderr.as_str()), (125, "causeway: no container 'c'\n"));
}

#[test]
fn exec_whose_connection_ends_is_125_and_says_so() {
    let fake = Fake::answering([("POST /v1/containers/c/exec", Answer::Broken)]);
    let output = fake.causeway("exec c -- true");
    assert_eq!((output.code, output.stderr.lines().count()), (125, 1), "{}", output.stderr);
    assert!(output.stderr.contains("causewayd"), "{}", output.stderr);
}

#[test]
fn logs_keep_the_streams_apart_and_do_not_end_with_the_containers_code() {
    let frames = vec![Frame::Stdout("a".into()), Frame::Stderr("b".into()), Frame::Exit(9)];
    let fake = Fake::answering([("GET /v1/containers/c/logs", Answer::Frames(frames))]);
    for (line, follow) in [("logs c", "false"), ("logs -f c", "true")] {
        let output = fake.causeway(line);
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "a", "b"));
        assert_eq!(*fake.heard().last().unwrap(), format!("GET /v1/containers/c/logs?follow={follow}"));
    }
}

#[test]
fn logs_that_break_off_are_not_a_success() {
    let fake = Fake::answering([("GET /v1/containers/c/logs", Answer::Broken)]);
    let output = fake.causeway("logs c");
    assert_eq!((output.code, output.stderr.lines().count()), (1, 1), "{}", output.stderr);
}
