//! `ls` and `ps`: tables, ids, JSON, filters.

use std::{io::Read as _, process::Stdio};

use causeway_lab::run::code;
use serde_json::{Value, json};

use super::fake::{Answer, Fake, ID};

fn network(name: &str, digit: char, driver: &str) -> Value {
    json!({
        "Name": name, "Id": digit.to_string().repeat(64), "Created": "2026-01-02T03:04:05Z",
        "Scope": if driver == "overlay" { "global" } else { "local" }, "Driver": driver,
        "EnableIPv6": false, "Internal": false, "Attachable": true, "Ingress": false,
        "IPAM": {"Driver": "default", "Options": {}, "Config": [
            {"Subnet": "10.0.9.0/24", "Gateway": "10.0.9.1"}, {"Subnet": "10.1.9.0/24", "Gateway": "10.1.9.1"}]},
        "Containers": {}, "Options": {}, "Labels": {"team": name},
    })
}

fn networks() -> Fake {
    let all = json!([network("web", 'a', "overlay"), network("a-long-name", 'b', "bridge")]);
    Fake::answering([("GET /v1/networks", Answer::Json(200, all))])
}

/// 80 on a port of its own, 10,001 ports in a row, and one that is only exposed.
fn ports() -> Value {
    let host = |port: u16| json!([{"HostIp": "0.0.0.0", "HostPort": port.to_string()}]);
    let mut ports: serde_json::Map<String, Value> =
        (10_000..=20_000).map(|port| (format!("{port}/udp"), host(port))).collect();
    ports.insert("80/tcp".to_owned(), host(8080));
    ports.insert("443/tcp".to_owned(), Value::Null);
    ports.into()
}

const PORTS: [&str; 3] = ["0.0.0.0:8080->80/tcp", "443/tcp", "0.0.0.0:10000-20000->10000-20000/udp"];

fn container(name: &str, status: &str) -> Value {
    json!({
        "Id": ID, "Name": name, "Created": "2026-01-02T03:04:05Z", "Path": "sleep", "Args": ["5"],
        "State": {"Status": status, "Running": status == "running", "Pid": 12, "ExitCode": 3,
                  "StartedAt": "2026-01-02T03:04:05Z", "FinishedAt": "2026-01-02T03:04:05Z"},
        "Config": {"Hostname": "h", "Env": [], "Cmd": ["sleep", "5"], "Labels": {"x": ""}},
        "LogPath": "/x", "Node": "node1",
        "HostConfig": {"NetworkMode": "web", "PortBindings": {}, "AutoRemove": false, "Dns": [],
                       "DnsSearch": [], "DnsOptions": [], "ExtraHosts": []},
        "NetworkSettings": {"SandboxKey": "/run/netns/x", "Ports": ports(), "Networks": {"web": {
            "NetworkID": "a".repeat(64), "EndpointID": ID, "Gateway": "10.0.9.1", "IPAddress": "10.0.9.2",
            "IPPrefixLen": 24, "MacAddress": "02:42:0a:00:09:02", "Aliases": [], "Interface": "eth0",
            "HostInterface": "cw0123"}}},
    })
}

fn containers() -> Fake {
    let all = json!([container("up", "running"), container("down", "exited"), container("new", "created")]);
    Fake::answering([("GET /v1/containers", Answer::Json(200, all))])
}

#[test]
fn tables_are_aligned_and_sorted() {
    assert_eq!(
        networks().causeway("network ls").stdout,
        "NETWORK ID     NAME          DRIVER    SCOPE    SUBNETS\n\
         bbbbbbbbbbbb   a-long-name   bridge    local    10.0.9.0/24,10.1.9.0/24\n\
         aaaaaaaaaaaa   web           overlay   global   10.0.9.0/24,10.1.9.0/24\n"
    );
}

#[test]
fn ids_are_short_unless_whole_ones_are_asked_for() {
    let fake = networks();
    assert_eq!(fake.causeway("network ls -q").stdout, "bbbbbbbbbbbb\naaaaaaaaaaaa\n");
    let whole = format!("{}\n{}\n", "b".repeat(64), "a".repeat(64));
    assert_eq!(fake.causeway("network ls -q --no-trunc").stdout, whole);
}

#[test]
fn filters_let_through_what_matches_all_keys() {
    let fake = networks();
    for (filters, names) in [
        ("name=long", vec!["a-long-name"]),
        ("name=long,name=web", vec!["a-long-name", "web"]),
        ("driver=overlay", vec!["web"]),
        ("scope=local", vec!["a-long-name"]),
        ("id=aaa", vec!["web"]),
        ("type=custom", vec!["a-long-name", "web"]),
        ("type=builtin", vec![]),
        ("label=team", vec!["a-long-name", "web"]),
        ("label=team=web", vec!["web"]),
        ("label=team=web,driver=bridge", vec![]),
    ] {
        let words = filters.split(',').flat_map(|f| ["--filter", f]);
        let mut command = fake.command(["network", "ls", "--format", "json"].into_iter().chain(words));
        let listed: Vec<Value> = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        assert_eq!(
            listed.iter().map(|n| n["Name"].as_str().unwrap()).collect::<Vec<_>>(),
            names,
            "{filters}"
        );
    }
}

#[test]
fn an_unknown_filter_is_wrong_usage_and_asks_nothing() {
    let fake = networks();
    let output = fake.causeway("network ls --filter colour=red");
    assert_eq!((output.code, output.stderr.lines().count()), (2, 1));
    assert!(output.stderr.contains("'colour'") && output.stderr.contains("driver"), "{}", output.stderr);
    assert!(fake.heard().is_empty());
}

#[test]
fn json_is_one_array_also_of_nothing() {
    let fake = Fake::answering([("GET /v1/nodes", Answer::Json(200, json!([])))]);
    assert_eq!(fake.causeway("node ls --format json").stdout, "[]\n");
}

#[test]
fn json_of_ps_has_integers_where_the_table_has_words() {
    let listed: Vec<Value> =
        serde_json::from_str(&containers().causeway("ps -a --format json").stdout).unwrap();
    let up = listed.iter().find(|c| c["Name"] == "up").unwrap();
    assert!(up["RunningFor"].is_u64() && up["Pid"].is_u64() && up["ExitCode"].is_i64(), "{up}");
    assert_eq!(up["Networks"], json!({"web": "10.0.9.2"}));
    assert_eq!(up["Ports"], json!(PORTS));
    assert_eq!((&up["ID"], &up["State"]), (&json!(ID), &json!("running")));
}

#[test]
fn ps_says_what_each_is_doing() {
    let fake = containers();
    let text = fake.causeway("ps -a").stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0].split("  ").filter(|w| !w.is_empty()).map(str::trim).collect::<Vec<_>>(),
        ["CONTAINER ID", "NAME", "COMMAND", "CREATED", "STATUS", "PORTS", "NETWORKS"]
    );
    assert!(lines[1].contains("Exited (3) ") && lines[2].contains("Created"), "{text}");
    assert!(lines[3].contains("Up ") && lines[3].ends_with("web=10.0.9.2"), "{text}");
    assert!(lines[3].contains(&format!("  {}  ", PORTS.join(", "))), "{text}");
    assert_eq!(fake.heard(), ["GET /v1/containers?all=true"]);
}

#[test]
fn a_filter_by_status_looks_at_all() {
    let fake = containers();
    assert_eq!(fake.causeway("ps -q --filter status=exited --filter network=web").stdout, "0123456789ab\n");
    assert_eq!(fake.causeway("ps -q --filter network=other").stdout, "");
    assert_eq!(fake.heard(), ["GET /v1/containers?all=true", "GET /v1/containers?all=false"]);
}

#[test]
fn a_reader_that_has_gone_is_no_reason_to_complain() {
    let fake = networks();
    let mut command = fake.command(["network", "ls"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((code(child.wait().unwrap()), said.as_str()), (141, ""));
}
