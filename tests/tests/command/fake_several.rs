//! Verbs with several names: all are tried; and what becomes of laggards and of odd answers.

use super::fake::{Answer, Fake, ID, changed, created, refused};
use serde_json::json;

#[test]
fn one_refusal_does_not_keep_the_others() {
    let fake = Fake::answering([
        ("DELETE /v1/networks/a", changed()),
        ("DELETE /v1/networks/b", refused(409, "network 'b' is in use")),
        ("DELETE /v1/networks/c", changed()),
    ]);
    let output = fake.causeway("network rm a b c");
    assert_eq!(
        (output.code, output.stdout.as_str(), output.stderr.as_str()),
        (1, "a\nc\n", "causeway: network 'b' is in use\n")
    );
}

#[test]
fn an_odd_answer_does_not_keep_the_others_either() {
    let fake = Fake::answering([
        ("POST /v1/containers/a/stop", Answer::Broken),
        ("POST /v1/containers/b/stop", changed()),
    ]);
    let output = fake.causeway("stop a b");
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.lines().count()), (1, "b\n", 1));
}

#[test]
fn each_verb_asks_what_it_should() {
    let fake = Fake::answering([
        ("DELETE /v1/containers/a", changed()),
        ("POST /v1/containers/a/stop", changed()),
        ("DELETE /v1/attachments/a", changed()),
        ("POST /v1/attachments", created(&[])),
    ]);
    for (line, asked) in [
        ("rm a", "DELETE /v1/containers/a?force=false&timeout=30"),
        ("rm -f --timeout 3 a", "DELETE /v1/containers/a?force=true&timeout=3"),
        ("stop a", "POST /v1/containers/a/stop?t=10&timeout=30"),
        ("stop -t 1 --no-wait a", "POST /v1/containers/a/stop?t=1&timeout=0"),
        ("detach a", "DELETE /v1/attachments/a?timeout=30"),
        (
            "attach --pid 7 --network n a",
            "POST /v1/attachments?timeout=30 {\"name\":\"a\",\"pid\":7,\"networks\":[{\"network\":\"n\",\
             \"ip\":null,\"mac\":null,\"aliases\":[]}],\"labels\":{}}",
        ),
    ] {
        let output = fake.causeway(line);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{line}");
        assert_eq!(fake.heard().last().unwrap(), asked, "{line}");
        assert_eq!(
            output.stdout,
            if line.starts_with("attach") { format!("{ID}\n") } else { "a\n".to_owned() }
        );
    }
}

#[test]
fn names_are_never_a_path() {
    let fake = Fake::answering([]);
    for (name, path) in [("../../x", "..%2F..%2Fx"), ("a b?c", "a%20b%3Fc"), ("..", "%2E%2E")] {
        fake.command(["network", "inspect", name]).output().unwrap();
        assert_eq!(*fake.heard().last().unwrap(), format!("GET /v1/networks/{path}"));
    }
}

#[test]
fn laggards_are_named_and_the_id_is_still_printed() {
    let fake = Fake::answering([("POST /v1/networks", created(&["node2", "node3"]))]);
    let output = fake.causeway("network create -d overlay --timeout 2 n");
    assert_eq!((output.code, output.stdout), (1, format!("{ID}\n")));
    assert_eq!(
        output.stderr,
        "causeway: the change stands, but these nodes have not applied it within 2 s: node2, node3; \
         see 'causeway node ls'\n"
    );
}

#[test]
fn answers_that_are_none_are_one_line() {
    let odd =
        [Answer::Json(500, json!("<html>oops</html>")), Answer::Json(200, json!({"a": 1})), Answer::Broken];
    for answer in odd {
        let fake = Fake::answering([("GET /v1/networks", answer)]);
        let output = fake.causeway("network ls");
        assert_eq!(
            (output.code, output.stdout.as_str(), output.stderr.lines().count()),
            (1, "", 1),
            "{}",
            output.stderr
        );
    }
}
