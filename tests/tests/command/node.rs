//! One real node, and what the tests ask of it in common.

use std::time::Duration;

use causeway_lab::{Lab, Node, Output, Store};
use serde_json::{Value, json};

/// One node with an embedded store and its daemon; all of it goes when it is dropped.
pub(super) fn lab() -> Lab {
    Lab::builder().nodes(1).store(Store::Embedded).start().unwrap()
}

/// The same without the daemon.
pub(super) fn without_daemon() -> Lab {
    Lab::builder().nodes(1).store(Store::Embedded).daemons(false).start().unwrap()
}

/// Runs `causeway` with a line of words; `'a b'` is one word.
pub(super) fn cw(node: &Node, line: &str) -> Output {
    node.causeway(words(line)).unwrap()
}

/// Runs `causeway` with a line of words, which must succeed; what it printed, trimmed.
pub(super) fn ok(node: &Node, line: &str) -> String {
    let output = cw(node, line);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "causeway {line}");
    output.stdout.trim().to_owned()
}

/// Runs `causeway` with a line of words and reads the JSON that it prints.
pub(super) fn read(node: &Node, line: &str) -> Value {
    serde_json::from_str(&ok(node, line)).unwrap()
}

/// Asserts that `output` is a refusal: nothing on stdout, one line on stderr with all of `needles`.
pub(super) fn assert_refused(line: &str, output: &Output, code: i32, needles: &[&str]) {
    let Output { code: ended, stdout, stderr } = output;
    assert_eq!((*ended, stdout.as_str(), stderr.lines().count()), (code, "", 1), "{line}: {stdout}{stderr}");
    for needle in needles {
        assert!(stderr.contains(needle), "{line}: '{needle}' is not in: {stderr}");
    }
}

/// Everything on the node that a request could have left half-made: its interfaces and routes, its
/// networks and containers, and how full each map is.
pub(super) fn all_there_is(node: &Node) -> Value {
    json!({
        "links": node.sh("ip -o -br link").unwrap(),
        "routes": node.sh("ip -o route show table all").unwrap(),
        "networks": read(node, "network ls --format json"),
        "containers": read(node, "ps -aq --format json"),
        "maps": read(node, "status --format json")["Maps"],
    })
}

/// Asserts that all is as it was `before`; what is undone after the answer has a moment to go.
pub(super) fn assert_nothing_left(node: &Node, before: &Value, of: &str) {
    let same = || Ok(all_there_is(node) == *before);
    if causeway_lab::wait::until("it is undone", Duration::from_secs(5), same).is_err() {
        assert_eq!(before, &all_there_is(node), "something is left of: {of}");
    }
}

/// Waits until `ready` says yes.
pub(super) fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    causeway_lab::wait::until(what, Duration::from_secs(10), || Ok(ready())).unwrap();
}

/// Splits at blanks that are not between single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
