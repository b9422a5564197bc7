//! `service …` and `--service`: what is asked, what is printed.

use serde_json::{Value, json};

use super::fake::{Answer, Fake, ID, changed, created, refused};

/// The last request: what was asked, and its body.
fn last(fake: &Fake) -> (String, Value) {
    let heard = fake.heard();
    let line = heard.last().unwrap();
    let (asked, body) = line.split_at(line.find(" {").unwrap_or(line.len()));
    (asked.to_owned(), serde_json::from_str(body).unwrap_or_default())
}

fn backend(name: &str, node: &str, state: &str, weight: u16) -> Value {
    json!({"ContainerID": ID, "Name": name, "Node": node, "IPAddress": "10.0.9.2", "State": state, "Weight": weight})
}

fn port(published: u16, target: u16, mode: &str) -> Value {
    json!({"Protocol": "tcp", "TargetPort": target, "PublishedPort": published, "PublishMode": mode})
}

fn service(name: &str, digit: char, mode: &str, backends: &Value) -> Value {
    let spec = json!({"Mode": mode, "Ports": [port(8080, 80, "ingress"), port(9090, 90, "host")]});
    let vips = match mode {
        "vip" => json!([{"NetworkID": "a".repeat(64), "Addr": "10.255.0.7/32"}]),
        _ => json!([]),
    };
    json!({
        "ID": digit.to_string().repeat(64), "CreatedAt": "2026-01-02T03:04:05Z", "UpdatedAt": "2026-01-02T03:04:05Z",
        "Spec": {"Name": name, "Labels": {"team": name}, "EndpointSpec": spec, "Network": "web", "Balance": "maglev",
                 "LocalFirst": false, "Affinity": null, "ReturnPath": "symmetric", "HealthTCP": null},
        "Endpoint": {"Spec": spec, "Ports": spec["Ports"], "VirtualIPs": vips}, "Backends": backends,
    })
}

fn services() -> Fake {
    let two = json!([backend("s1", "node1", "active", 1), backend("s2", "node2", "starting", 1)]);
    let all = json!([service("server", 'b', "vip", &two), service("db", 'c', "dnsrr", &json!([]))]);
    let backends = json!([backend("s2", "node2", "draining", 3), backend("s1", "node1", "active", 1)]);
    Fake::answering([
        ("GET /v1/services", Answer::Json(200, all.clone())),
        ("GET /v1/services/server", Answer::Json(200, all[0].clone())),
        ("GET /v1/services/server/backends", Answer::Json(200, backends)),
    ])
}

fn bare() -> Value {
    json!({
        "name": "s", "network": null, "endpoint_mode": "vip", "balance": "maglev", "local_first": false,
        "affinity_seconds": null, "ports": [], "sources": [], "addresses": [], "return_path": "symmetric", "health_tcp": null, "labels": {},
    })
}

fn with(mut request: Value, changes: &Value) -> Value {
    request.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    request
}

#[test]
fn create_says_all_and_prints_the_id() {
    let fake = Fake::answering([("POST /v1/services", created(&[]))]);
    let port = |published: Option<u16>, target: u16, protocol: &str, mode: &str| json!({"published": published, "target": target, "protocol": protocol, "mode": mode});
    for (words, changes) in [
        ("", json!({})),
        (
            "--network web --endpoint-mode dnsrr --balance random --return-path dsr --label a=1 -l b",
            json!({"network": "web", "endpoint_mode": "dnsrr", "balance": "random", "return_path": "dsr",
                   "labels": {"a": "1", "b": ""}}),
        ),
        (
            "--local-first --affinity client-ip=600 --health-tcp 80",
            json!({"local_first": true, "affinity_seconds": 600, "health_tcp": 80}),
        ),
        ("--local-first=false --affinity none --health-tcp none", json!({})),
        (
            "-p 80 --publish 8080:80/udp -p published=9090,target=90,mode=host -p 8000-8001:80-81",
            json!({"ports": [port(None, 80, "tcp", "ingress"), port(Some(8080), 80, "udp", "ingress"),
                             port(Some(9090), 90, "tcp", "host"), port(Some(8000), 80, "tcp", "ingress"),
                             port(Some(8001), 81, "tcp", "ingress")]}),
        ),
        (
            "-p 80 --source 10.0.9.0/24 --source 192.0.2.7",
            json!({"ports": [port(None, 80, "tcp", "ingress")], "sources": ["10.0.9.0/24", "192.0.2.7/32"]}),
        ),
        (
            "-p 80 --address 127.0.0.0/8 --address 192.0.2.7",
            json!({"ports": [port(None, 80, "tcp", "ingress")], "addresses": ["127.0.0.0/8", "192.0.2.7/32"]}),
        ),
    ] {
        let output = fake.causeway(&format!("service create {words} s"));
        assert_eq!(
            (output.code, output.stdout, output.stderr.as_str()),
            (0, format!("{ID}\n"), ""),
            "{words}"
        );
        let asked = ("POST /v1/services?timeout=30".to_owned(), with(bare(), &changes));
        assert_eq!(last(&fake), asked, "{words}");
    }
}

#[test]
fn update_sends_what_was_said_and_nothing_else() {
    let fake = Fake::answering([("POST /v1/services/s/update", changed())]);
    let nothing = json!({
        "endpoint_mode": null, "balance": null, "local_first": null, "affinity_seconds": null, "return_path": null,
        "health_tcp": null, "publish_add": [], "sources": [], "addresses": [], "publish_rm": [], "weights": {}, "drain": [], "undrain": [],
        "label_add": {}, "label_rm": [],
    });
    for (words, changes) in [
        ("--drain a --drain b --undrain c", json!({"drain": ["a", "b"], "undrain": ["c"]})),
        ("--weight a=2 --weight b=1", json!({"weights": {"a": 2, "b": 1}})),
        ("--affinity none --health-tcp none", json!({"affinity_seconds": 0, "health_tcp": 0})),
        (
            "--affinity client-ip --local-first=false",
            json!({"affinity_seconds": 10_800, "local_first": false}),
        ),
        (
            "--endpoint-mode dnsrr --balance maglev --return-path symmetric",
            json!({"endpoint_mode": "dnsrr", "balance": "maglev", "return_path": "symmetric"}),
        ),
        (
            "--publish-add 8080:80 --publish-rm 53/udp --publish-rm 443",
            json!({"publish_add": [{"published": 8080, "target": 80, "protocol": "tcp", "mode": "ingress"}],
                   "publish_rm": [[53, "udp"], [443, "tcp"]]}),
        ),
        ("--source 10.0.9.0/24", json!({"sources": ["10.0.9.0/24"]})),
        ("--address 10.0.9.0/24", json!({"addresses": ["10.0.9.0/24"]})),
        (
            "--label a=1 --label-add b=2 --label-rm c",
            json!({"label_add": {"a": "1", "b": "2"}, "label_rm": ["c"]}),
        ),
    ] {
        let output = fake.causeway(&format!("service update --no-wait {words} s"));
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (0, "s\n", ""), "{words}");
        let asked = ("POST /v1/services/s/update?timeout=0".to_owned(), with(nothing.clone(), &changes));
        assert_eq!(last(&fake), asked, "{words}");
    }
}

#[test]
fn ls_counts_backends_and_shows_where_the_name_leads() {
    assert_eq!(
        services().causeway("service ls").stdout,
        "ID             NAME     MODE    BACKENDS   VIP          NETWORK   PORTS\n\
         cccccccccccc   db       dnsrr   0/0                     web       *:8080->80/tcp, host:9090->90/tcp\n\
         bbbbbbbbbbbb   server   vip     1/2        10.255.0.7   web       *:8080->80/tcp, host:9090->90/tcp\n"
    );
}

#[test]
fn ps_shows_who_is_behind_it() {
    let fake = services();
    assert_eq!(
        fake.causeway("service ps server").stdout,
        "NAME   NODE    ADDRESS    STATE      WEIGHT\n\
         s1     node1   10.0.9.2   active     1\n\
         s2     node2   10.0.9.2   draining   3\n"
    );
    assert_eq!(fake.causeway("service ps -q --filter node=node2 server").stdout, "0123456789ab\n");
    assert_eq!(fake.causeway("service ps -q --no-trunc --filter state=starting server").stdout, "");
    let listed: Value =
        serde_json::from_str(&fake.causeway("service ps --format json server").stdout).unwrap();
    assert_eq!(listed[1], backend("s2", "node2", "draining", 3));
}

#[test]
fn ids_json_and_filters_are_those_of_every_ls() {
    let fake = services();
    assert_eq!(fake.causeway("service ls -q").stdout, "cccccccccccc\nbbbbbbbbbbbb\n");
    let whole = format!("{}\n", "b".repeat(64));
    for filters in ["name=serv", "id=bbb", "mode=vip", "label=team=server", "network=web --filter mode=vip"] {
        let output = fake.causeway(&format!("service ls -q --no-trunc --filter {filters}"));
        assert_eq!(output.stdout, whole, "{filters}");
    }
    assert_eq!(fake.causeway("service ls -q --filter network=other").stdout, "");
    let listed: Value = serde_json::from_str(&fake.causeway("service ls --format json").stdout).unwrap();
    let [db, server] = &listed.as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!((&server["Active"], &server["Backends"]), (&json!(1), &json!(2)));
    assert_eq!((&server["VIP"], &db["VIP"]), (&json!("10.255.0.7"), &Value::Null));
    assert_eq!(server["Ports"][0], port(8080, 80, "ingress"));
}

#[test]
fn of_several_names_those_that_are_there_are_shown_and_removed() {
    let fake = services();
    let output = fake.causeway("service inspect server other");
    assert_eq!((output.code, output.stderr.lines().count()), (1, 1), "{}", output.stderr);
    let shown: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(shown[0]["Endpoint"]["VirtualIPs"][0]["Addr"], "10.255.0.7/32");

    let fake = Fake::answering([
        ("DELETE /v1/services/a", changed()),
        ("DELETE /v1/services/b", refused(404, "no service 'b'")),
        ("DELETE /v1/services/c", changed()),
    ]);
    let output = fake.causeway("service rm --timeout 3 a b c");
    assert_eq!(
        (output.code, output.stdout.as_str(), output.stderr.as_str()),
        (1, "a\nc\n", "causeway: no service 'b'\n")
    );
    assert_eq!(last(&fake).0, "DELETE /v1/services/c?timeout=3");
}

#[test]
fn backends_name_their_services() {
    let start = "POST /v1/containers/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/start";
    let fake = Fake::answering([
        ("POST /v1/containers", created(&[])),
        (start, changed()),
        ("POST /v1/attachments", created(&[])),
    ]);
    assert_eq!(fake.causeway("run -d --network web --service a --service b true").code, 0);
    let body: Value = serde_json::from_str(
        fake.heard()[0].split_once(" {").map(|(_, b)| format!("{{{b}")).as_deref().unwrap(),
    )
    .unwrap();
    assert_eq!(body["services"], json!(["a", "b"]));
    assert_eq!(fake.causeway("attach --pid 7 --network web --service a x").code, 0);
    assert_eq!(last(&fake).1["services"], json!(["a"]));
}

#[test]
fn what_cannot_be_meant_asks_nothing() {
    let fake = Fake::answering([]);
    for (line, code, named) in [
        ("service update s", 2, "what to change"),
        ("service create -p 80/sctp s", 2, "SCTP"),
        ("service create --replicas 2 s", 2, "causeway run --service"),
        ("service ls --filter colour=red", 2, "'colour'"),
        ("run --network host --service s true", 125, "service and the network mode"),
        ("run --network none --service s true", 125, "service and the network mode"),
        ("run --network container:a --service s true", 125, "service and the network mode"),
    ] {
        let output = fake.causeway(line);
        assert_eq!((output.code, output.stderr.lines().count()), (code, 1), "{line}: {}", output.stderr);
        assert!(output.stderr.contains(named), "{line}: {}", output.stderr);
    }
    assert!(fake.heard().is_empty());
}
