//! What a daemon finds again, and what it leaves: nothing.

use causeway_lab::{Netns, ip};

use super::cast::{Asker, Stage};

#[test]
fn a_restart_keeps_published_ports_and_ways_out() {
    let mut stage = Stage::new();
    stage.run("server", "-p 8080:80 -p 8080:80/udp", &stage.servers(80));
    stage.lab.node_mut(1).kill_daemon();
    let node = stage.node().address();
    assert!(Asker::Host(&stage.lab.client().netns).tcp(node, 8080), "without a daemon");
    stage.lab.node_mut(1).start_daemon().unwrap();
    stage.node().wait_ready(1).unwrap();
    let (out, host) = (Asker::Host(&stage.lab.client().netns), Asker::Host(&stage.node().netns));
    assert!(out.tcp(node, 8080) && out.udp(node, 8080) && host.tcp(node, 8080));
    assert!(Asker::Container(&stage, "server").icmp(stage.lab.client().address()));
}

/// What netfilter holds in a namespace: its rules, whatever program asks for them, and the tables that
/// the older programs would have made it load.
fn netfilter(netns: &Netns) -> String {
    let rules = ["nft list ruleset", "iptables-legacy-save", "ip6tables-legacy-save"].map(|line| {
        let (program, words) = line.split_once(' ').unwrap_or((line, ""));
        ip::words(netns, program, words).unwrap()
    });
    let tables = ["ip_tables_names", "ip6_tables_names", "arp_tables_names"].map(|file| {
        let path = format!("/proc/thread-self/net/{file}");
        netns.run(|| std::fs::read_to_string(path).unwrap_or_default()).unwrap()
    });
    [rules, tables].concat().concat()
}

#[test]
fn netfilter_never_hears_of_us() {
    let mut stage = Stage::new();
    let node = stage.node().address();
    stage.node().cw("network create -d bridge --internal closed").unwrap();
    stage.node().cw("network create -d overlay wide").unwrap();
    assert_eq!(netfilter(&stage.node().netns), "", "networks are there");
    stage.run("server", "-p 8080:80 -p 8080:80/udp", &stage.servers(80));
    stage.run("far", "--network wide -p 127.0.0.1:8081:80", "exec sleep 900");
    let (client, server) = (Asker::Host(&stage.lab.client().netns), Asker::Container(&stage, "server"));
    stage.until_serving("server", 80);
    assert!(client.tcp(node, 8080) && client.udp(node, 8080));
    assert!(server.tcp(node, 8080), "hairpin");
    assert!(server.icmp(stage.lab.client().address()), "masqueraded");
    assert_eq!(netfilter(&stage.node().netns), "", "packets have passed");
    assert_eq!(netfilter(&stage.netns("server")), "", "in a container");
    stage.node().cw("rm -f server").unwrap();
    stage.lab.node_mut(1).stop_daemon();
    assert_eq!(stage.node().cleanup().unwrap().code, 0);
    assert_eq!(netfilter(&stage.node().netns), "", "after cleaning up");
}

#[test]
fn netfilter_would_have_been_seen() {
    let netns = Netns::create(&format!("cwt{}-netfilter", std::process::id())).unwrap();
    assert_eq!(netfilter(&netns), "");
    ip::words(&netns, "nft", "add table ip nat").unwrap();
    assert!(netfilter(&netns).contains("nat"));
    ip::words(&netns, "nft", "flush ruleset").unwrap();
    ip::words(&netns, "iptables-legacy", "-t nat -L -n").unwrap();
    assert!(netfilter(&netns).contains("nat"), "the older tables");
}
