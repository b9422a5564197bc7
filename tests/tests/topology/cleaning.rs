//! `causewayd --cleanup`: a node leaves the cluster and nothing on its machine.

use std::path::Path;

use super::cast::Cluster;

#[test]
fn a_node_that_is_cleaned_up_leaves_nothing_behind() {
    let mut cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container(1, "web", "a");
    let far = cluster.container(2, "web", "far");
    let reserved = cluster.node(1).sh("cat /proc/sys/net/ipv4/ip_local_reserved_ports").unwrap();
    assert_ne!(reserved.trim(), "", "no ports are reserved while the daemon runs");
    let refused = cluster.node(1).cleanup().unwrap();
    assert!(refused.code != 0 && far.pings(a.ip), "cleaned up under a running daemon: {refused:?}");

    assert!(cluster.lab.node_mut(1).stop_daemon());
    let cleaned = cluster.node(1).cleanup().unwrap();
    assert_eq!((cleaned.code, cleaned.stderr.as_str()), (0, ""));
    assert!(!a.netns.path().exists(), "its namespace is left");
    assert!(!Path::new(&format!("/proc/{}", a.inspected.state.pid)).exists(), "its process is left");
    let links = cluster.node(1).sh("ip -o link").unwrap();
    let own = |line: &&str| !line.contains(": lo:") && !line.contains(": eth0@");
    assert_eq!(links.lines().filter(own).collect::<Vec<_>>(), [""; 0], "interfaces are left");
    let reserved = cluster.node(1).sh("cat /proc/sys/net/ipv4/ip_local_reserved_ports").unwrap();
    assert_eq!(reserved.trim(), "", "ports are still kept from the host's sockets");
    assert!(!cluster.lab.layout().bpf_dir(1).exists(), "pins are left");
    // Nothing in the store: name and address are free, the node is not known.
    assert!(!cluster.node(2).cw("node ls").unwrap().contains("node1"));
    let heir = cluster.container_with(2, "a", &format!("--network web --ip {}", a.ip));
    assert!(far.pings(heir.ip));
}
