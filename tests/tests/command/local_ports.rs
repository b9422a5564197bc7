//! Published ports against a real daemon: how they are taken, shown, refused and given back.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use causeway_lab::Node;
use serde_json::json;

use super::node::{all_there_is, assert_nothing_left, assert_refused, cw, lab, ok, read};

/// What `ps` shows of a container's ports.
fn ports(node: &Node, name: &str) -> Vec<String> {
    let listed = read(node, &format!("ps -a --format json --filter name={name}"));
    listed[0]["Ports"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect()
}

#[test]
fn ports_are_shown_as_docker_does() {
    let lab = lab();
    let node = lab.node(1);
    ok(
        node,
        "run -d --name c -p 8080:80 -p 127.0.0.1:5353:53/udp -p 9000-9002:9000-9002 --expose 443 sleep 600",
    );
    let shown =
        ["127.0.0.1:5353->53/udp", "0.0.0.0:8080->80/tcp", "443/tcp", "0.0.0.0:9000-9002->9000-9002/tcp"];
    assert_eq!(ports(node, "c"), shown);
    assert!(ok(node, "ps").contains(&shown.join(", ")));
    let inspected = read(node, "inspect c")[0].take();
    let published = &inspected["NetworkSettings"]["Ports"];
    assert_eq!(published["80/tcp"], json!([{"HostIp": "0.0.0.0", "HostPort": "8080"}]));
    assert_eq!(published["443/tcp"], json!(null));
    assert_eq!(inspected["HostConfig"]["PortBindings"]["53/udp"][0]["HostPort"], "5353");
    ok(node, "stop -t 0 c");
    assert_eq!(ports(node, "c"), ["443/tcp"]);
}

#[test]
fn ports_that_nobody_names_are_chosen() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "run -d --name c -p 80 -p 127.0.0.1::80 -p 7000-7001:81 sleep 600");
    ok(node, "run -d --name d -P --expose 82 --expose 83/udp -p 7000-7001:81 sleep 600");
    let chosen = |port: &str, name: &str| -> Vec<(String, u16)> {
        let found = read(node, &format!("inspect {name}"))[0]["NetworkSettings"]["Ports"][port].take();
        let read = |b: &serde_json::Value| {
            let port = b["HostPort"].as_str().unwrap().parse().unwrap();
            (b["HostIp"].as_str().unwrap().to_owned(), port)
        };
        found.as_array().unwrap().iter().map(read).collect()
    };
    let addresses: Vec<String> = chosen("80/tcp", "c").into_iter().map(|(address, _)| address).collect();
    assert_eq!(addresses, ["0.0.0.0", "127.0.0.1"]);
    assert!(chosen("80/tcp", "c").iter().all(|(_, port)| *port >= 1024));
    assert_eq!(chosen("81/tcp", "c")[0].1, 7000);
    assert_eq!(chosen("81/tcp", "d")[0].1, 7001);
    assert_eq!((chosen("82/tcp", "d").len(), chosen("83/udp", "d").len()), (1, 1));
    let line = "run -d -p 7000-7001:81 sleep 600";
    assert_refused(line, &cw(node, line), 125, &["7000-7001"]);
}

#[test]
fn ten_thousand_ports_are_one_word_and_no_burden() {
    let lab = lab();
    let node = lab.node(1);
    let begun = Instant::now();
    ok(node, "run -d --name one -p 5060:5060/udp sleep 600");
    let single = begun.elapsed();
    let begun = Instant::now();
    ok(node, "run -d --name voip -p 10000-20000:10000-20000/udp sleep 600");
    let range = begun.elapsed();
    assert!(range < single + Duration::from_secs(2), "{range:?} for 10,001 ports, {single:?} for one");
    assert_eq!(ports(node, "voip"), ["0.0.0.0:10000-20000->10000-20000/udp"]);
    let line = "run -d -p 15000:80/udp sleep 600";
    assert_refused(line, &cw(node, line), 125, &["15000/udp", "'voip'"]);
    ok(node, "rm -f voip");
    ok(node, "run -d -p 15000:80/udp sleep 600");
}

#[test]
fn ports_that_somebody_has_are_refused_and_leave_nothing() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create --internal inside");
    ok(node, "run -d --name c -p 8080:80 -p 127.0.0.1:9090:90 sleep 600");
    let listener = node.netns.run(|| TcpListener::bind(("0.0.0.0", 7070))).unwrap().unwrap();
    let before = all_there_is(node);
    for (line, needles) in [
        ("run -d -p 8080:80 true", &["8080/tcp", "'c'"][..]),
        ("run -d -p 127.0.0.1:8080:80 true", &["8080/tcp", "'c'"]),
        ("run -d -p 9090:90 true", &["9090/tcp", "'c'"]),
        ("run -d -p 7070:80 true", &["7070/tcp", "in use"]),
        ("run -d -p 8000-8100:8000-8100 true", &["8080/tcp", "'c'"]),
        ("run -d -p 6000:80 -p 6000:81 true", &["6000/tcp", "twice"]),
        ("run -d -p 192.0.2.1:6000:80 true", &["192.0.2.1"]),
        ("run -d -p 6000:80 --network inside true", &["--internal"]),
    ] {
        assert_refused(line, &cw(node, line), 125, needles);
        assert_nothing_left(node, &before, line);
    }
    // Another protocol's port, and another address, are others.
    ok(node, "run -d --name udp -p 8080:80/udp sleep 600");
    ok(node, "run -d --name other -p 198.18.0.1:9090:90 sleep 600");
    drop(listener);
    ok(node, "run -d --name free -p 7070:80 sleep 600");
    ok(node, "rm -f c");
    ok(node, "run -d --name again -p 8080:80 sleep 600");
}

#[test]
fn a_mode_without_a_network_of_its_own_publishes_nothing_and_says_so() {
    let lab = lab();
    let node = lab.node(1);
    let output = cw(
        node,
        "run -d --name voip -p 10000-20000:10000-20000/udp -p 5060:5060/udp --network host sleep 600",
    );
    let warning = "causeway: WARNING: Published ports are discarded when using host network mode\n";
    assert_eq!((output.code, output.stderr.as_str()), (0, warning));
    assert!(ports(node, "voip").is_empty());
}
