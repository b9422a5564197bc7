//! A second node with what is one node's alone is refused, and changes nothing.

use std::{path::Path, time::Duration};

use causeway::api::types::NodeInspect;
use causeway_lab::{Output, ip, run, spawn};

use super::cast::{Cluster, inspect};

/// A second address of node 2, which is nobody's VTEP.
const OTHER: &str = "198.18.0.77";

/// Runs a daemon beside that of node 2, with directories of its own; it must end by itself.
fn second(cluster: &Cluster, dir: &Path, name: &str, underlay: &str) -> Output {
    let layout = cluster.lab.layout();
    let mut command = spawn::command(&cluster.node(2).netns, layout.bins.join("causewayd"));
    command.args(["--node", name, "--underlay", underlay, "--store", &layout.store_spec()]);
    let bpf = format!("/sys/fs/bpf/causeway-lab/{}-second", layout.prefix);
    for (option, place) in [
        ("--state-dir", dir.join("state")),
        ("--run-dir", dir.join("run")),
        ("--bpf-dir", bpf.clone().into()),
    ] {
        command.arg(option).arg(place);
    }
    let output = run::output(&mut command, Duration::from_secs(30)).unwrap();
    assert!(!Path::new(&bpf).exists(), "it has left its pins");
    output
}

fn refused(output: &Output, words: &[&str]) {
    let said = output.stderr.lines().last().unwrap_or_default();
    assert_ne!(output.code, 0, "{}", output.stderr);
    words.iter().for_each(|word| assert!(said.contains(word), "'{word}' is not in: {}", output.stderr));
}

#[test]
fn a_second_node_with_a_name_an_address_or_an_id_that_is_taken_is_refused() {
    let cluster = Cluster::of(2);
    cluster.network("web", &[]);
    let (a, b) = (cluster.container(1, "web", "a"), cluster.container(2, "web", "b"));
    ip::ip(&cluster.node(2).netns, &format!("address add {OTHER}/24 dev eth0")).unwrap();
    let scratch = cluster.lab.layout().root.join("second");
    let before: Vec<NodeInspect> = inspect(cluster.node(1), "node ls --format json");

    let same_name = second(&cluster, &scratch.join("name"), "node1", OTHER);
    refused(&same_name, &["'node1'", "another node", "--node"]);
    let same_address = second(&cluster, &scratch.join("address"), "other", "198.18.0.2");
    refused(&same_address, &["198.18.0.2", "'node2'", "--underlay"]);
    // The state directory of node 1, copied to another machine.
    let copy = scratch.join("copy");
    std::fs::create_dir_all(copy.join("state")).unwrap();
    let id = cluster.lab.layout().node_dir(1).join("state/node-id");
    std::fs::copy(id, copy.join("state/node-id")).unwrap();
    let same_id = second(&cluster, &copy, "node1", OTHER);
    refused(&same_id, &["'node1'", "alive on another machine", "node-id"]);

    assert!(a.pings(b.ip) && b.pings(a.ip));
    let after: Vec<NodeInspect> = inspect(cluster.node(1), "node ls --format json");
    let facts = |nodes: &[NodeInspect]| -> Vec<_> {
        nodes.iter().map(|n| (n.id.clone(), n.name.clone(), n.address.clone(), n.status.clone())).collect()
    };
    assert_eq!(facts(&after), facts(&before));
}
