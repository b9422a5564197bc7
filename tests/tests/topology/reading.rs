//! What nodes tell of themselves and of each other.

use causeway::api::types::NodeInspect;

use super::cast::{Cluster, inspect};

#[test]
fn every_node_knows_every_node() {
    let cluster = Cluster::of(3);
    for number in 1..=3 {
        let nodes: Vec<NodeInspect> = inspect(cluster.node(number), "node ls --format json");
        let mut names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["node1", "node2", "node3"]);
        let own: Vec<&NodeInspect> = nodes.iter().filter(|node| node.is_self).collect();
        assert_eq!(
            (own.len(), own[0].address.as_str()),
            (1, cluster.node(number).address().to_string().as_str())
        );
    }
}

#[test]
fn a_network_made_on_one_node_is_known_on_all_when_the_command_returns() {
    let cluster = Cluster::of(3);
    cluster.network("web", &["10.77.0.0/24"]);
    for number in 1..=3 {
        assert!(cluster.node(number).cw("network ls").unwrap().contains("web"));
    }
    cluster.node(3).cw("network rm web").unwrap();
    assert!(!cluster.node(1).cw("network ls").unwrap().contains("web"));
}
