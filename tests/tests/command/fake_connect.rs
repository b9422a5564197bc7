//! `network connect`, `disconnect` and `prune`: what is asked, what is printed.

use serde_json::{Value, json};

use super::fake::{Answer, Fake, changed, refused};

const CONNECT: &str = "POST /v1/networks/n/connect";
const DISCONNECT: &str = "POST /v1/networks/n/disconnect";
const PRUNE: &str = "POST /v1/networks/prune";

/// The last request: what was asked, and its body.
fn last(fake: &Fake) -> (String, Value) {
    let heard = fake.heard();
    let line = heard.last().unwrap();
    let (asked, body) = line.split_at(line.find(" {").unwrap());
    (asked.to_owned(), serde_json::from_str(body).unwrap())
}

#[test]
fn connect_and_disconnect_say_all_and_print_nothing() {
    let fake = Fake::answering([(CONNECT, changed()), (DISCONNECT, changed())]);
    let attach = |ip: Value, mac: Value, aliases: Value| json!({"container": "c", "attach": {"network": "n", "ip": ip, "mac": mac, "aliases": aliases}});
    for (line, asked, body) in [
        (
            "network connect n c",
            "POST /v1/networks/n/connect?timeout=30",
            attach(Value::Null, Value::Null, json!([])),
        ),
        (
            "network connect --no-wait --ip 10.0.0.2 --mac-address 02:42:0a:00:00:02 --alias a --alias b n c",
            "POST /v1/networks/n/connect?timeout=0",
            attach(json!("10.0.0.2"), json!("02:42:0a:00:00:02"), json!(["a", "b"])),
        ),
        (
            "network disconnect n c",
            "POST /v1/networks/n/disconnect?timeout=30",
            json!({"container": "c", "force": false}),
        ),
        (
            "network disconnect -f --timeout 3 n c",
            "POST /v1/networks/n/disconnect?timeout=3",
            json!({"container": "c", "force": true}),
        ),
    ] {
        let output = fake.causeway(line);
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "", ""), "{line}");
        assert_eq!(last(&fake), (asked.to_owned(), body), "{line}");
    }
}

#[test]
fn a_refusal_to_connect_is_one_line() {
    let fake = Fake::answering([(CONNECT, refused(404, "no container 'c'"))]);
    let output = fake.causeway("network connect n c");
    assert_eq!((output.code, output.stderr.as_str()), (1, "causeway: no container 'c'\n"));
}

#[test]
fn prune_asks_nobody_and_names_what_went() {
    let pruned = Answer::Json(200, json!({"networks": ["a", "b"], "laggards": []}));
    let fake = Fake::answering([(PRUNE, pruned)]);
    for (line, body) in [
        ("network prune", json!({})),
        ("network prune -f", json!({})),
        (
            "network prune --filter label=x=1 --filter label=y --filter label!=z --filter until=1234",
            json!({"labels": ["x=1", "y"], "not_labels": ["z"], "created_before": 1234}),
        ),
    ] {
        let output = fake.causeway(line);
        assert_eq!(
            (output.code, output.stdout.as_str(), output.stderr.as_str()),
            (0, "a\nb\n", ""),
            "{line}"
        );
        assert_eq!(last(&fake), ("POST /v1/networks/prune?timeout=30".to_owned(), body), "{line}");
    }
}

#[test]
fn prune_refuses_filters_that_it_does_not_know_and_asks_nothing() {
    let fake = Fake::answering([]);
    for (line, named) in [
        ("network prune --filter name=x", "'name'"),
        ("network prune --filter until=yesterday", "until=yesterday"),
        ("network prune --filter until=1h --filter until=2h", "twice"),
    ] {
        let output = fake.causeway(line);
        assert_eq!((output.code, output.stderr.lines().count()), (2, 1), "{line}: {}", output.stderr);
        assert!(output.stderr.contains(named), "{line}: {}", output.stderr);
    }
    assert!(fake.heard().is_empty());
}
