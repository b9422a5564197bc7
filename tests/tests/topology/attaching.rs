//! A namespace that exists already can join and leave.

use causeway_lab::Netns;

use super::cast::{Cluster, Container};

#[test]
fn a_namespace_of_somebody_else_joins_a_network_and_leaves_it_unharmed() {
    let cluster = Cluster::of(2);
    cluster.network("web", &[]);
    let guest = Netns::create(&format!("{}-guest", cluster.lab.layout().prefix)).unwrap();
    let far = cluster.container(2, "web", "far");
    let attach = format!("attach --netns {} --network web guest", guest.path().display());
    assert_eq!(cluster.node(1).cw(&attach).unwrap().len(), 64);
    let shown = causeway_lab::ip::ip(&guest, "-o -4 address show dev eth0").unwrap();
    let inside = Container { netns: guest, ..Container::inspected(cluster.node(1), "guest") };
    assert!(shown.contains(&inside.ip.to_string()), "{shown}");
    assert!(inside.pings(far.ip));
    assert!(far.pings(inside.ip));
    cluster.node(1).cw("detach guest").unwrap();
    assert!(!inside.run("ip -o link").contains("eth0"));
    assert!(inside.netns.path().exists(), "detach removed a namespace that was not its own");
    assert!(!far.pings_once(inside.ip));
}
