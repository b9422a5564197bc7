//! /etc/hosts, /etc/hostname, /etc/resolv.conf in containers, and connections that come and go.

use super::cast::{Asker, Stage, address};

#[test]
fn a_container_knows_itself_and_what_it_was_told() {
    let stage = Stage::new();
    let options = "--hostname web.example --add-host db:192.0.2.7 --dns 192.0.2.53 --dns-search example";
    let addr = address(&stage.run("a", options, "exec sleep 900")).unwrap();
    let (_, hosts) = Asker::Container(&stage, "a").script("cat /etc/hosts /etc/hostname /etc/resolv.conf");
    let want = format!(
        "192.0.2.7\tdb\n{addr}\tweb.example web\nweb.example\nnameserver 192.0.2.53\nsearch example\n"
    );
    assert!(hosts.starts_with("127.0.0.1\tlocalhost\n") && hosts.ends_with(&want), "{hosts}");
}

#[test]
fn a_running_container_is_connected_and_disconnected() {
    let stage = Stage::new();
    let node = stage.node();
    node.cw("network create -d bridge lan").unwrap();
    let server = address(&stage.run("server", "--network lan", &stage.servers(80))).unwrap();
    stage.run("a", "", "exec sleep 900");
    let a = Asker::Container(&stage, "a");
    assert!(!a.tcp(server, 80));
    node.cw("network connect lan a").unwrap();
    assert!(a.tcp(server, 80) && a.icmp(server));
    assert!(a.script("ip -o address show dev eth1").1.contains("172.18.0."));
    assert_eq!(a.script("grep -c 172.1 /etc/hosts").1.trim(), "2");
    // The way out of the first network goes with it; the second one's takes over.
    node.cw("network disconnect bridge a").unwrap();
    assert!(a.icmp(stage.lab.client().address()));
    node.cw("network disconnect lan a").unwrap();
    assert!(!a.icmp(server));
    assert_eq!(a.script("ls /sys/class/net").1.trim(), "lo");
    node.cw("rm -f server").unwrap();
    assert!(node.cw("network prune").unwrap().contains("lan"));
    assert!(stage.refused("network inspect lan").contains("lan"));
}

#[test]
fn a_namespace_can_be_shared_only_while_it_is_there() {
    let stage = Stage::new();
    stage.run("a", "", "exec sleep 900");
    stage.run("b", "--network container:a", "exec sleep 900");
    let shown =
        |name: &str| Asker::Container(&stage, name).script("ip -o -4 address show dev eth0; hostname").1;
    assert_eq!(shown("a"), shown("b"));
    let said = stage.refused("run -d --network container:a -p 80:80 -- sleep 900");
    assert!(said.contains("container") && said.contains("-p"), "{said}");
    stage.node().cw("rm -f b").unwrap();
    assert!(!shown("a").is_empty(), "the namespace is a's");
    stage.node().cw("stop -t 0 a").unwrap();
    assert!(stage.refused("run -d --network container:a -- sleep 900").contains('a'));
}
