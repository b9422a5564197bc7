//! What a daemon finds again, and what it leaves: nothing.

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

#[test]
fn netfilter_never_hears_of_us() {
    let stage = Stage::new();
    stage.run("server", "-p 8080:80", &stage.servers(80));
    for tables in ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"] {
        let names = stage.node().netns.run(|| std::fs::read_to_string(tables)).unwrap().unwrap_or_default();
        assert_eq!(names, "", "{tables}");
    }
}
