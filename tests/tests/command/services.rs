//! Services on a real node: what is refused, and what comes and goes with them.

use causeway_lab::Netns;

use super::node::{all_there_is, assert_nothing_left, assert_refused, cw, lab, ok, read, wait_until};

#[test]
fn what_cannot_be_is_refused_and_leaves_nothing() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create -d overlay net");
    ok(node, "service create --network net web");
    let before = all_there_is(node);
    let services = ok(node, "service ls --format json");
    for (line, needles) in [
        ("service create --network net web", &["'web'"][..]),
        ("service create --network nosuch other", &["'nosuch'", "network ls"]),
        ("service create --network bridge other", &["default network"]),
        ("service create --network net --endpoint-mode dnsrr -p 8080:80 other", &["dnsrr", "ingress"]),
        ("service update --drain nosuch web", &["'nosuch'"]),
        ("service update --publish-rm 80 web", &["80"]),
        ("service rm nosuch", &["'nosuch'"]),
        ("service ps nosuch", &["'nosuch'"]),
        ("network rm net", &["'web'"]),
        ("network create -d overlay --subnet 10.255.7.0/24 other", &["10.255.7.0/24", "10.255.0.0/16"]),
    ] {
        assert_refused(line, &cw(node, line), 1, needles);
    }
    for line in ["run -d --service nosuch sleep 9", "run -d --network bridge --service web sleep 9"] {
        assert_refused(line, &cw(node, line), 125, &["service"]);
    }
    assert_nothing_left(node, &before, "refused requests");
    assert_eq!(ok(node, "service ls --format json"), services);
}

#[test]
fn containers_join_by_option_label_and_attachment_and_outlive_the_service() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create -d overlay net");
    ok(node, "service create --network net -p published=8080,target=80,mode=host web");
    ok(node, "run -d --name one --service web sleep 900");
    let line = "run -d --name two --service web sleep 900";
    assert_refused(line, &cw(node, line), 125, &["8080", "'one'"]);
    let netns = Netns::create(&format!("cwt{}-joins", std::process::id())).unwrap();
    let attach = format!("attach --netns {} --network net --service web three", netns.path().display());
    assert_refused(&attach, &cw(node, &attach), 1, &["8080", "'one'"]);
    ok(node, "service update --publish-rm 80 web");
    ok(node, "run -d --name two --network net --label causeway.service=web sleep 900");
    ok(node, &attach);

    let states = |node| -> Vec<(String, String)> {
        let backends = read(node, "service ps --format json web");
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        backends.as_array().unwrap().iter().map(|b| (text(&b["Name"]), text(&b["State"]))).collect()
    };
    let active = |names: &[&str]| -> Vec<(String, String)> {
        names.iter().map(|name| ((*name).to_owned(), "active".to_owned())).collect()
    };
    assert_eq!(states(node), active(&["one", "three", "two"]));
    let network = &read(node, "network inspect net")[0];
    assert_eq!(network["Services"]["web"]["Tasks"].as_array().unwrap().len(), 3);

    ok(node, "detach three");
    ok(node, "stop -t 1 two");
    assert_eq!(states(node), active(&["one"]));
    ok(node, "service rm web");
    assert_eq!(read(node, "inspect one")[0]["State"]["Status"], "running");
    assert_eq!(ok(node, "service ls -q"), "");
    ok(node, "rm -f one");
    ok(node, "network rm net");
}

#[test]
fn a_probed_backend_is_active_while_its_port_takes_connections() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create -d overlay net");
    ok(node, "service create --network net --health-tcp 8080 web");
    ok(node, "run -d --name one --service web sleep 900");
    let state = |wanted: &str| {
        let state = || read(node, "service ps --format json web")[0]["State"] == *wanted;
        wait_until(&format!("the backend is {wanted}"), state);
    };
    state("starting");
    ok(node, "run -d --name server --network container:one python3 -m http.server 8080");
    state("active");
    ok(node, "rm -f server");
    state("starting");
    ok(node, "service update --health-tcp none web");
    state("active");
}
