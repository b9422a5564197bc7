//! Networks of one node and network modes against a real daemon: what is made, shown and refused.

use super::node::{all_there_is, assert_nothing_left, assert_refused, cw, lab, ok, read};

/// The names of the networks that are listed, in order.
fn names(node: &causeway_lab::Node, filters: &str) -> Vec<String> {
    let listed = read(node, &format!("network ls --format json {filters}"));
    listed.as_array().unwrap().iter().map(|n| n["Name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn three_networks_are_always_there() {
    let lab = lab();
    let node = lab.node(1);
    let table = ok(node, "network ls");
    let rows: Vec<Vec<&str>> =
        table.lines().skip(1).map(|l| l.split_whitespace().skip(1).collect()).collect();
    assert_eq!(rows.len(), 3, "{table}");
    assert_eq!(rows[0][..3], ["bridge", "bridge", "local"]);
    assert!(rows[0][3].starts_with("172.") && rows[0][3].ends_with("/16"), "{table}");
    assert_eq!(rows[1..], [["host", "host", "local"], ["none", "null", "local"]]);
    for (line, needles) in [
        ("network rm bridge", &["'bridge'", "cannot be removed"][..]),
        ("network rm host", &["'host'", "cannot be removed"]),
        ("network create bridge", &["'bridge'"]),
        ("network create none", &["'none'"]),
    ] {
        assert_refused(line, &cw(node, line), 1, needles);
    }
    ok(node, "network create own");
    assert_eq!(names(node, "--filter type=custom"), ["own"]);
    assert_eq!(names(node, "--filter type=builtin"), ["bridge", "host", "none"]);
    assert_eq!(names(node, "--filter driver=null"), ["none"]);
}

#[test]
fn inspect_of_host_and_none_shows_who_runs_in_that_mode() {
    let lab = lab();
    let node = lab.node(1);
    let id = ok(node, "run -d --name h --network host sleep 600");
    let host = read(node, "network inspect host")[0].take();
    assert_eq!((&host["Driver"], &host["Scope"]), (&"host".into(), &"local".into()));
    assert_eq!(host["Containers"][&id]["Name"], "h");
    let by_id = read(node, &format!("network inspect {}", &host["Id"].as_str().unwrap()[..12]));
    assert_eq!(by_id[0], host);
    ok(node, "rm -f h");
    assert_eq!(read(node, "network inspect host")[0]["Containers"], serde_json::json!({}));
}

#[test]
fn a_container_whose_network_nobody_names_is_on_the_default_one() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "run -d --name c sleep 600");
    let networks = read(node, "inspect c")[0]["NetworkSettings"]["Networks"].take();
    assert_eq!(networks.as_object().unwrap().keys().collect::<Vec<_>>(), ["bridge"]);
    let gateway = networks["bridge"]["Gateway"].as_str().unwrap();
    let route = ok(node, "exec c -- ip -o route show default");
    assert!(route.starts_with(&format!("default via {gateway} dev eth0")), "{route}");
}

#[test]
fn each_mode_gives_the_namespace_that_it_says() {
    let lab = lab();
    let node = lab.node(1);
    let netns = |name: &str| ok(node, &format!("exec {name} -- readlink /proc/self/ns/net"));
    ok(node, "run -d --name own sleep 600");
    ok(node, "run -d --name shared --network container:own sleep 600");
    ok(node, "run -d --name none --network none sleep 600");
    ok(node, "run -d --name host --network host sleep 600");
    assert_eq!(netns("shared"), netns("own"));
    assert_eq!(netns("host"), node.sh("readlink /proc/self/ns/net").unwrap().trim());
    assert_eq!(ok(node, "exec none -- ls /sys/class/net"), "lo");
    for (name, mode) in [("own", "bridge"), ("none", "none"), ("host", "host")] {
        assert_eq!(read(node, &format!("inspect {name}"))[0]["HostConfig"]["NetworkMode"], mode);
    }
}

#[test]
fn a_running_container_is_connected_and_disconnected() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create --subnet 10.77.0.0/24 one");
    ok(node, "run -d --name c sleep 600");
    assert_eq!(ok(node, "network connect --ip 10.77.0.9 --alias a --alias b one c"), "");
    let one = read(node, "inspect c")[0]["NetworkSettings"]["Networks"]["one"].take();
    assert_eq!((&one["IPAddress"], &one["Interface"]), (&"10.77.0.9".into(), &"eth1".into()));
    assert_eq!(one["Aliases"], serde_json::json!(["a", "b"]));
    assert!(ok(node, "exec c -- ip -o -4 addr show dev eth1").contains("10.77.0.9/24"));
    assert_refused("again", &cw(node, "network connect one c"), 1, &["'c'", "'one'", "already"]);

    assert_eq!(ok(node, "network disconnect one c"), "");
    assert_eq!(ok(node, "exec c -- ls /sys/class/net"), "eth0\nlo");
    assert_refused("again", &cw(node, "network disconnect one c"), 1, &["'c'", "'one'"]);
    ok(node, "network rm one");
}

#[test]
fn prune_removes_what_nobody_is_in_and_the_filters_let_through() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create --label team=web web");
    ok(node, "network create --label team=db -d overlay db");
    ok(node, "network create used");
    ok(node, "run -d --network used sleep 600");
    assert_eq!(ok(node, "network prune --filter until=1h"), "");
    assert_eq!(ok(node, "network prune --filter label=team=web"), "web");
    assert_eq!(ok(node, "network prune --filter label!=team"), "");
    assert_eq!(ok(node, "network prune"), "db");
    assert_eq!(names(node, ""), ["bridge", "host", "none", "used"]);
}

#[test]
fn the_files_of_a_container_say_what_was_asked() {
    let lab = lab();
    let node = lab.node(1);
    let line = "run -d --name c --hostname web --dns 10.0.0.53 --dns-search example.com --dns-option ndots:1 \
                --add-host db:10.0.9.3 sleep 600";
    ok(node, line);
    let resolv = ok(node, "exec c -- cat /etc/resolv.conf");
    for line in ["nameserver 10.0.0.53", "search example.com", "options ndots:1"] {
        assert!(resolv.lines().any(|l| l == line), "{resolv}");
    }
    let hosts = ok(node, "exec c -- cat /etc/hosts");
    let has = |words: [&str; 2]| hosts.lines().any(|l| l.split_whitespace().eq(words));
    assert!(has(["10.0.9.3", "db"]) && has(["127.0.0.1", "localhost"]), "{hosts}");
    assert_eq!(ok(node, "exec c -- cat /etc/hostname"), "web");
}

#[test]
fn what_cannot_be_is_refused_and_leaves_nothing() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create --subnet 10.77.0.0/24 one");
    ok(node, "network create --internal --subnet 10.78.0.0/24 inside");
    ok(node, "run -d --name c --network one sleep 600");
    ok(node, "run -d --name shared --network container:c sleep 600");
    ok(node, "run --name ended true");
    let before = all_there_is(node);
    for (line, code, needles) in [
        ("network create -o com.docker.network.bridge.enable_icc=perhaps x", 1, &["enable_icc"][..]),
        ("network create -o com.docker.network.bridge.no_such=1 x", 1, &["no_such"]),
        ("network create --subnet 10.77.0.0/25 x", 1, &["10.77.0.0/25", "'one'"]),
        (
            "network create --subnet 10.9.0.0/24 --gateway 10.9.0.1 --aux-address a=10.9.0.1 x",
            1,
            &["10.9.0.1"],
        ),
        ("run -d --network container:none-such true", 125, &["'none-such'"]),
        ("run -d --network container:ended true", 125, &["'ended'"]),
        ("run -d --network bridge --ip 172.17.0.9 true", 125, &["'bridge'"]),
        ("run -d --network bridge --network-alias a true", 125, &["'bridge'"]),
        ("network connect none-such c", 1, &["'none-such'"]),
        ("network connect one none-such", 1, &["'none-such'"]),
        ("network connect host c", 1, &["'host'"]),
        ("network connect one shared", 1, &["'shared'"]),
        ("network connect --ip 10.99.0.1 inside c", 1, &["10.99.0.1"]),
        ("network disconnect inside c", 1, &["'inside'"]),
        ("network disconnect bridge shared", 1, &["'shared'"]),
    ] {
        assert_refused(line, &cw(node, line), code, needles);
        assert_nothing_left(node, &before, line);
    }
}
