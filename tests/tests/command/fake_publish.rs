//! `run` with published ports, network modes, and what it says about the container's files.

use serde_json::{Value, json};

use super::fake::{Fake, Row, changed, created};

const ROWS: [&str; 2] = [
    "POST /v1/containers",
    "POST /v1/containers/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/start",
];

fn fake() -> Fake {
    let rows: [Row; 2] = [(ROWS[0], created(&[])), (ROWS[1], changed())];
    Fake::answering(rows)
}

/// What `run -d` with these words asks for, and what it says on standard error.
fn asked(words: &str) -> (Value, String) {
    let fake = fake();
    let output = fake.causeway(&format!("run -d {words} true"));
    assert_eq!(output.code, 0, "{words}: {}", output.stderr);
    let heard = fake.heard();
    let body = heard[0].split_once(' ').and_then(|(_, rest)| rest.split_once(' ')).unwrap().1;
    (serde_json::from_str(body).unwrap(), output.stderr)
}

fn port(number: u16) -> Value {
    json!({"first": number, "last": number})
}

#[test]
fn ports_are_sent_as_they_are_meant() {
    let (request, said) = asked(
        "-p 80 -p 127.0.0.1:8080:80/udp -p 10000-20000:10000-20000/udp -p 8000-8010:80 --source 198.18.0.0/24 \
         --source 10.0.0.9",
    );
    let sources = json!(["198.18.0.0/24", "10.0.0.9/32"]);
    let range = json!({"first": 10_000, "last": 20_000});
    let row = |ip: Option<&str>, host: Value, container: &Value, protocol: &str| json!({"host_ip": ip, "host": host, "container": container, "protocol": protocol, "sources": sources});
    let published = json!([
        row(None, Value::Null, &port(80), "tcp"),
        row(Some("127.0.0.1"), port(8080), &port(80), "udp"),
        row(None, range.clone(), &range, "udp"),
        row(None, json!({"first": 8000, "last": 8010}), &port(80), "tcp"),
    ]);
    assert_eq!((&request["publish"], said.as_str()), (&published, ""));
    assert_eq!(request["networks"], json!([]));
}

#[test]
fn exposed_ports_are_published_by_publish_all() {
    let (request, _) = asked("-P --expose 53/udp --expose 8000-8010 --source 10.0.0.0/8");
    let exposed = json!([
        {"ports": port(53), "protocol": "udp"},
        {"ports": {"first": 8000, "last": 8010}, "protocol": "tcp"},
    ]);
    assert_eq!((&request["publish_all"], &request["expose"]), (&json!(true), &exposed));
    assert_eq!(request["sources"], json!(["10.0.0.0/8"]));
}

#[test]
fn files_are_sent_as_they_are_meant() {
    let (request, _) = asked(
        "--dns 10.0.0.53 --dns fd00::53 --dns-search example.com --dns-option ndots:1 --dns-opt rotate \
         --add-host db:10.0.9.3 --add-host gate=host-gateway",
    );
    assert_eq!(request["dns"], json!(["10.0.0.53", "fd00::53"]));
    assert_eq!(request["dns_search"], json!(["example.com"]));
    assert_eq!(request["dns_options"], json!(["ndots:1", "rotate"]));
    assert_eq!(request["extra_hosts"], json!(["db:10.0.9.3", "gate:host-gateway"]));
}

#[test]
fn modes_are_sent_as_they_are_meant() {
    for (words, mode) in [
        ("--network none", json!("none")),
        ("--network host --hostname h", json!("host")),
        ("--network container:web", json!({"container": "web"})),
    ] {
        let (request, said) = asked(words);
        assert_eq!(
            (&request["mode"], &request["networks"], said.as_str()),
            (&mode, &json!([]), ""),
            "{words}"
        );
    }
}

#[test]
fn ports_that_cannot_be_published_are_left_out_with_dockers_warning() {
    for (words, mode) in [
        ("-p 10000-20000:10000-20000/udp -p 5060:5060/udp --network host", "host"),
        ("-P --network host", "host"),
        ("-p 80 --network none", "none"),
    ] {
        let (request, said) = asked(words);
        assert!(request.get("publish").is_none() && request.get("publish_all").is_none(), "{request}");
        let warning = format!("WARNING: Published ports are discarded when using {mode} network mode");
        assert_eq!(said, format!("causeway: {warning}\n"), "{words}");
    }
}

#[test]
fn what_docker_refuses_is_refused_in_its_words_and_asks_nothing() {
    let fake = fake();
    for (words, sentence) in [
        ("--network container:a --hostname h", "conflicting options: hostname and the network mode"),
        ("--network container:a --dns 10.0.0.53", "conflicting options: dns and the network mode"),
        ("--network container:a --dns-search .", "conflicting options: dns and the network mode"),
        (
            "--network container:a --add-host b:10.0.0.2",
            "conflicting options: custom host-to-IP mapping and the network mode",
        ),
        (
            "--network container:a -p 80",
            "conflicting options: port publishing and the container type network mode",
        ),
        (
            "--network container:a -P",
            "conflicting options: port publishing and the container type network mode",
        ),
        (
            "--network container:a --expose 80",
            "conflicting options: port exposing and the container type network mode",
        ),
        ("--network container:a --mac-address 02:42:0a:00:00:02", "conflicting options: mac-address"),
        (
            "--network host --ip 10.0.0.2",
            "user specified IP address is supported on user defined networks only",
        ),
        ("--network host --network-alias a", "network-scoped alias is supported only for containers in user"),
        ("--network a --network host", "conflicting options: cannot attach both user-defined and non-user"),
        (
            "--network none --network host",
            "conflicting options: cannot attach both user-defined and non-user",
        ),
        ("--source 10.0.0.0/8", "--source restricts published ports"),
    ] {
        let output = fake.causeway(&format!("run -d {words} true"));
        assert_eq!((output.code, output.stderr.lines().count()), (125, 1), "{words}: {}", output.stderr);
        assert!(output.stderr.starts_with(&format!("causeway: {sentence}")), "{words}: {}", output.stderr);
    }
    assert!(fake.heard().is_empty());
}
