//! Compose files with `driver: causeway`, brought up on two engines: services of one name are one service.

use std::{collections::BTreeSet, fs, time::Duration};

use causeway_lab::{run, wait};

use super::cast::{Cluster, SOON, tail};

/// How long compose may take for what it does.
const PATIENCE: Duration = Duration::from_secs(120);

/// The file of people's own, `xtask/contrib/docker/compose.yaml`, with the image of these tests.
fn file(cluster: &Cluster) -> String {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../xtask/contrib/docker/compose.yaml");
    let text = fs::read_to_string(example).unwrap();
    assert!(text.contains("image: busybox"), "{text}");
    let path = cluster.lab.layout().root.join("compose.yaml");
    fs::write(&path, text.replace("image: busybox", "image: guest")).unwrap();
    path.display().to_string()
}

fn compose(cluster: &Cluster, node: usize, words: &[&str]) {
    let mut command = cluster.engine(node).command(cluster.node(node), "docker-compose", words);
    let output = run::output(&mut command, PATIENCE).unwrap();
    assert_eq!(
        output.code,
        0,
        "node{node}: {words:?}: {}{}\n{}",
        output.stdout,
        output.stderr,
        tail(&cluster.node(node).log())
    );
}

#[test]
fn compose_up_on_both_engines() {
    let cluster = Cluster::of(2);
    let file = file(&cluster);
    for node in 1..=2 {
        compose(&cluster, node, &["-f", &file, "-p", "shop", "up", "-d"]);
    }
    let both =
        || Ok(cluster.cw(1, "service ls").lines().any(|line| line.contains("web") && line.contains("2/2")));
    if let Err(error) = wait::until("both are one service", SOON, both) {
        panic!("{error:#}: {}\n{}", cluster.cw(1, "service ls"), tail(&cluster.node(2).log()));
    }
    let script = "for i in $(seq 16); do curl -sS --max-time 3 http://web/etc/hostname || exit 1; done";
    for node in 1..=2 {
        let client = cluster.docker(node, "ps -q --filter label=com.docker.compose.service=client");
        let pages: BTreeSet<String> =
            cluster.exec(node, &client, script).lines().map(str::to_owned).collect();
        assert_eq!(pages.len(), 2, "node{node}: {pages:?}");
    }
    // The mesh: every node's port leads to both.
    for node in 1..=2 {
        let url = format!("http://{}:8080/etc/hostname", cluster.node(node).address());
        let pages: BTreeSet<String> =
            (0..16).map(|_| cluster.curl(cluster.lab.client(), &url).unwrap()).collect();
        assert_eq!(pages.len(), 2, "node{node}: {pages:?}");
    }
    for node in 1..=2 {
        compose(&cluster, node, &["-f", &file, "-p", "shop", "down"]);
        assert!(cluster.interfaces(node).is_empty(), "{:?}", cluster.interfaces(node));
    }
    assert!(!cluster.cw(1, "network ls").contains("shop"));
    assert!(!cluster.cw(1, "service ls").contains("web"));
}
