//! Ports of all nodes on a real node: whose they are, and who is told so.

use std::{
    io::ErrorKind,
    net::{TcpListener, UdpSocket},
};

use super::node::{all_there_is, assert_nothing_left, assert_refused, cw, lab, ok, read};

#[test]
fn a_port_of_every_node_is_one_services_and_nobody_elses() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create -d overlay net");
    ok(node, "network create -d overlay --internal in");
    ok(node, "service create --network net -p 8080:80 --source 198.18.0.0/24 web");
    ok(node, "run -d --name mine -p 7070:80 sleep 900");
    let before = all_there_is(node);
    let services = ok(node, "service ls --format json");
    for (line, needles) in [
        ("service create -p 8080:80 other", &["8080/tcp", "'web'"][..]),
        ("service create -p published=8080,target=80,mode=host other", &["8080/tcp", "'web'"]),
        ("service update -p 8080:81 web", &["8080/tcp", "twice"]),
        ("service create -p 7070:80 other", &["7070/tcp", "'mine'", "'node1'"]),
        ("service create --network in -p 9090:80 other", &["'in'", "--internal"]),
        ("service update --endpoint-mode dnsrr web", &["dnsrr", "mode=host"]),
    ] {
        assert_refused(line, &cw(node, line), 1, needles);
    }
    let line = "run -d -p 8079-8081:80-82 sleep 9";
    assert_refused(line, &cw(node, line), 125, &["8080/tcp", "'web'"]);
    assert_nothing_left(node, &before, "refused requests");
    assert_eq!(ok(node, "service ls --format json"), services);
    assert!(ok(node, "service ls").contains("*:8080->80/tcp"));
    assert_eq!(read(node, "status --format json")["Maps"]["INGRESS"]["Used"], 1);
}

#[test]
fn nobody_of_the_host_takes_a_port_while_it_is_every_nodes() {
    let lab = lab();
    let node = lab.node(1);
    let bind = |addr: &'static str| node.netns.run(move || TcpListener::bind(addr).map(drop)).unwrap();
    ok(node, "service create -p 8080:80 web");
    for addr in ["0.0.0.0:8080", "127.0.0.1:8080", "[::]:8080"] {
        assert_eq!(bind(addr).map_err(|e| e.kind()), Err(ErrorKind::AddrInUse), "{addr}");
    }
    node.netns.run(|| UdpSocket::bind("0.0.0.0:8080").map(drop)).unwrap().unwrap();
    bind("0.0.0.0:8081").unwrap();
    ok(node, "service update --publish-rm 80 web");
    bind("0.0.0.0:8080").unwrap();
}
