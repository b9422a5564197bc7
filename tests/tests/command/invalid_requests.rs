//! Requests that make no sense, thrown at a real daemon: each is refused, none is the daemon's
//! fault, and all is as it was before.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use super::node::{all_there_is, assert_nothing_left, lab, ok};

/// How many are sent.
const REQUESTS: usize = 10_000;

/// A request and its answer's status; the request is wrong whichever way it is put together.
fn status(socket: &Path, method: &str, path: &str, body: &str) -> u16 {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json");
    // It may hang up before it has read all of it.
    let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    text.split(' ')
        .nth(1)
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(|| panic!("{method} {path} {body}: {text}"))
}

fn pick<'a>(random: &mut StdRng, words: &[&'a str]) -> &'a str {
    words.choose(random).unwrap()
}

/// A value that is never right where a name, a number, a subnet or a list is due.
fn nonsense(random: &mut StdRng) -> String {
    let fixed = [
        "null",
        "{}",
        "[[]]",
        "-1",
        "1e99",
        "\"\"",
        "\"a b\"",
        "\"../x\"",
        "\"999.1.1.1/24\"",
        "true",
        "\"\\u0000\"",
    ];
    match random.random_range(0..3) {
        0 => format!("\"{}\"", "x".repeat(random.random_range(64..5_000))),
        1 => "[".repeat(random.random_range(2..300)),
        _ => pick(random, &fixed).to_owned(),
    }
}

/// A body of the right keys of which at least one has a wrong value, or no JSON at all.
fn body(random: &mut StdRng) -> String {
    let wrong = nonsense(random);
    match random.random_range(0..8) {
        0 => format!("{{\"name\": {wrong}, \"driver\": {wrong}}}"),
        1 => format!(
            "{{\"name\": \"ok\", \"driver\": \"overlay\", \"subnets\": {wrong}, \"gateways\": {wrong}}}"
        ),
        2 => format!("{{\"command\": {wrong}, \"networks\": {wrong}}}"),
        3 => format!("{{\"name\": \"ok\", \"network\": {wrong}, \"ports\": {wrong}, \"labels\": 1}}"),
        4 => format!(
            "{{\"name\": \"ok\", \"network\": \"net\", \"endpoint_mode\": {wrong}, \"balance\": {wrong}}}"
        ),
        5 => format!("{{\"weights\": {wrong}, \"drain\": [{wrong}], \"publish_rm\": {wrong}}}"),
        6 => format!("{{\"name\": {wrong}, \"netns\": {wrong}, \"networks\": []}}"),
        _ => wrong,
    }
}

const PATHS: [&str; 17] = [
    "/v1/networks",
    "/v1/networks?timeout=x",
    "/v1/containers",
    "/v1/containers?timeout=-1",
    "/v1/attachments",
    "/v1/containers/none/start",
    "/v1/containers/none/stop?t=x",
    "/v1/containers/none/kill?signal=x",
    "/v1/containers/none/exec",
    "/v1/containers/%00",
    "/v1/services",
    "/v1/services?timeout=x",
    "/v1/services/none",
    "/v1/services/none/update",
    "/v1/services/%00/backends",
    "/v1/nodes/%2e%2e",
    "/v2/../networks/none",
];

#[test]
fn of_random_invalid_requests_none_is_accepted_and_none_breaks_the_daemon() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create -d overlay net");
    let before = all_there_is(node);
    let socket = lab.layout().node_dir(1).join("run/causeway.sock");
    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    for number in 0..REQUESTS {
        let method = pick(&mut random, &["POST", "DELETE", "PUT", "PATCH", "BREW"]);
        let (path, body) = (pick(&mut random, &PATHS), body(&mut random));
        let status = status(&socket, method, path, &body);
        let what = format!("seed {seed}, request {number}: {method} {path} {body} -> {status}");
        assert!((400..500).contains(&status), "{what}");
    }
    assert_nothing_left(node, &before, &format!("seed {seed}"));
    assert!(node.daemon_pid().is_some());
}

/// The longest body that is read, bytes.
const LONGEST: usize = 1 << 20;

#[test]
fn bodies_of_any_size_are_answered() {
    let lab = lab();
    let node = lab.node(1);
    let before = all_there_is(node);
    let socket = lab.layout().node_dir(1).join("run/causeway.sock");
    for size in [0, 1, LONGEST - 1, LONGEST] {
        let status = status(&socket, "POST", "/v1/networks", &" ".repeat(size));
        assert!([400, 415, 422].contains(&status), "{size} bytes: {status}");
    }
    for size in [LONGEST + 1, 16 * LONGEST] {
        assert_eq!(status(&socket, "POST", "/v1/networks", &" ".repeat(size)), 413, "{size} bytes");
    }
    // Who says nothing, or does not come to an end, keeps nobody else waiting.
    let silent: Vec<_> = (0..500).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    let mut slow = UnixStream::connect(&socket).unwrap();
    slow.write_all(b"POST /v1/networks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n").unwrap();
    slow.write_all(b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n").unwrap();
    ok(node, "network create after");
    ok(node, "network rm after");
    drop((silent, slow));
    assert_nothing_left(node, &before, "bodies");
}
