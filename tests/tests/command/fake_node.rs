//! `node …`: what is asked, what is printed.

use serde_json::{Value, json};

use super::fake::{Answer, Fake, changed, refused};

fn node(name: &str, digit: char, status: &str, availability: &str) -> Value {
    json!({
        "ID": digit.to_string().repeat(64), "Name": name, "Status": status, "Availability": availability,
        "Address": "198.18.0.1", "Version": "0.1.0", "AppliedRevision": 42, "Self": name == "node1",
    })
}

fn nodes() -> Fake {
    let all = json!([
        node("node2", 'b', "Down", "Drain"),
        node("node1", 'a', "Ready", "Active"),
        node("node3", 'c', "Drained", "Drain")
    ]);
    Fake::answering([("GET /v1/nodes", Answer::Json(200, all))])
}

#[test]
fn ls_says_how_each_is_where_and_how_far() {
    assert_eq!(
        nodes().causeway("node ls").stdout,
        "ID             NAME    STATUS    AVAILABILITY   ADDRESS      VERSION   REVISION   SELF\n\
         aaaaaaaaaaaa   node1   Ready     Active         198.18.0.1   0.1.0     42         *\n\
         bbbbbbbbbbbb   node2   Down      Drain          198.18.0.1   0.1.0     42\n\
         cccccccccccc   node3   Drained   Drain          198.18.0.1   0.1.0     42\n"
    );
}

#[test]
fn filters_are_by_name_id_status_and_availability() {
    for (filters, found) in [
        ("--filter name=node2", "bbbbbbbbbbbb\n"),
        ("--filter id=ccc", "cccccccccccc\n"),
        ("--filter status=down", "bbbbbbbbbbbb\n"),
        ("--filter status=Drained", "cccccccccccc\n"),
        ("--filter availability=drain", "bbbbbbbbbbbb\ncccccccccccc\n"),
        ("--filter availability=drain --filter status=drained", "cccccccccccc\n"),
        ("--filter status=other", ""),
    ] {
        assert_eq!(nodes().causeway(&format!("node ls -q {filters}")).stdout, found, "{filters}");
    }
}

#[test]
fn update_says_the_availability_and_prints_the_name() {
    let fake = Fake::answering([("POST /v1/nodes/node1/update", changed())]);
    for availability in ["drain", "active"] {
        let output = fake.causeway(&format!("node update --availability {availability} --timeout 7 node1"));
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "node1\n", ""));
        let asked = format!(r#"POST /v1/nodes/node1/update?timeout=7 {{"availability":"{availability}"}}"#);
        assert_eq!(fake.heard().last(), Some(&asked));
    }
}

#[test]
fn of_several_nodes_those_that_can_be_are_removed() {
    let fake = Fake::answering([
        ("DELETE /v1/nodes/node1", refused(409, "node 'node1' is alive; stop its causewayd first")),
        ("DELETE /v1/nodes/node2", changed()),
    ]);
    let output = fake.causeway("node rm --no-wait node1 node2");
    assert_eq!((output.code, output.stdout.as_str()), (1, "node2\n"), "{}", output.stderr);
    assert!(output.stderr.contains("'node1' is alive") && output.stderr.lines().count() == 1);
    assert!(fake.heard().last().unwrap().starts_with("DELETE /v1/nodes/node2?force=false&timeout=0"));
    assert_eq!(fake.causeway("node remove -f node2").code, 0);
    assert!(fake.heard().last().unwrap().starts_with("DELETE /v1/nodes/node2?force=true&timeout=30"));
}
