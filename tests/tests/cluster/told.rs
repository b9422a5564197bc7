//! Whoever asks for a change that needs the store is told within two seconds that it is away.

use std::time::{Duration, Instant};

use causeway_lab::{Lab, Node, Output};

use super::cast::{Cluster, lasting};

/// How soon one is told.
const TOLD: Duration = Duration::from_secs(2);

/// Runs a command and checks that it is refused in time, in one line that names the store.
pub(crate) fn assert_told(node: &Node, line: &str, code: i32) -> Output {
    let begun = Instant::now();
    let output = node.causeway(line.split_whitespace()).unwrap();
    let took = begun.elapsed();
    let said = output.stderr.trim_end();
    assert_eq!((output.code, said.lines().count()), (code, 1), "{line}: {said}");
    assert!(said.contains("the store at etcd://") && said.contains("try again"), "{line}: {said}");
    assert!(took < TOLD, "{line}: told only after {took:?}");
    output
}

/// Every verb that changes what the store holds; SWITCH is a namespace that nobody has attached.
const CHANGES: &[(&str, i32)] = &[
    ("network create -d overlay new", 1),
    ("network create -d bridge new", 1),
    ("network rm spare", 1),
    ("network prune", 1),
    ("network connect spare a1", 1),
    ("network disconnect web a1", 1),
    ("run --network web true", 125),
    ("run -d --network web sleep 1", 125),
    ("run --network none true", 125),
    ("run --network web --service shop true", 125),
    ("run --network web -p 8099:80 true", 125),
    ("attach --netns SWITCH --network web guest", 1),
    ("detach guest0", 1),
    ("rm -f a1", 1),
    ("service create --network web other", 1),
    ("service update --label a=b shop", 1),
    ("service rm shop", 1),
];

/// Each is refused in time.
fn assert_all_told(cluster: &Cluster) {
    let switch = cluster.lab.switch().path();
    for (line, code) in CHANGES {
        assert_told(cluster.node(1), &line.replace("SWITCH", &switch.display().to_string()), *code);
    }
}

fn scene(lab: Lab) -> Cluster {
    let cluster = Cluster { lab, containers: Vec::new() };
    let node = cluster.node(1);
    for line in [
        "network create -d overlay web",
        "network create -d overlay spare",
        "service create --network web shop",
        "run -d --name a1 --network web sleep 900",
        "run -d --name a2 --network web --service shop sleep 900",
    ] {
        node.cw(line).unwrap();
    }
    let path = causeway_lab::netns::Netns::open(&cluster.lab.layout().client_netns()).unwrap().path();
    node.cw(&format!("attach --netns {} --network web guest0", path.display())).unwrap();
    cluster
}

/// What the node holds, as it tells without asking the store.
fn holdings(node: &Node) -> Vec<String> {
    let shown = ["network ls -q", "ps -aq", "service ls -q", "inspect a1 a2 guest0"];
    shown.iter().map(|line| node.cw(line).unwrap()).collect()
}

#[test]
fn every_changing_verb_says_in_time_that_the_store_is_away_and_changes_nothing() {
    let mut cluster = scene(Lab::builder().nodes(1).start().unwrap());
    let before = holdings(cluster.node(1));
    // First nobody refuses, nothing answers; then there is no etcd any more.
    cluster.estrange(1);
    assert_all_told(&cluster);
    cluster.reconcile(1);
    cluster.lab.stop_etcd();
    assert_all_told(&cluster);
    assert_eq!(holdings(cluster.node(1)), before, "something half-made is left");
    assert_eq!(cluster.node(1).causeway(["exec", "a1", "--", "sh", "-c", "exit 3"]).unwrap().code, 3);
    std::thread::sleep(lasting(0, 30));
    cluster.lab.start_etcd().unwrap();
    causeway_lab::wait::until("changes are taken again", super::cast::SOON, || {
        Ok(cluster.node(1).causeway(["network", "create", "-d", "overlay", "back"])?.code == 0)
    })
    .unwrap();
    cluster.node(1).cw("network rm back").unwrap();
    assert_eq!(holdings(cluster.node(1)), before);
}
