//! Nodes that are drained, and nodes that die: what is on them takes no service traffic.

use std::{collections::BTreeSet, time::Duration};

use causeway::api::types::NodeInspect;
use causeway_lab::{ip, wait};

use super::{
    cast::{Cluster, Container, SOON},
    dig, talk,
};

/// Servers `one` and `two` on nodes 1 and 2 behind one service, and a client on each of three nodes.
fn scene() -> (Cluster, [Container; 2], [Container; 3]) {
    let cluster = Cluster::with_config(3, "lease_ttl = 2\n");
    cluster.overlay("web");
    cluster.service("web", "", "shop");
    let servers = [(1, "one"), (2, "two")]
        .map(|(node, name)| cluster.server(node, name, "--network web --service shop"));
    let clients = [1, 2, 3].map(|node| cluster.client(node, &format!("client{node}"), "--network web"));
    (cluster, servers, clients)
}

/// Who answers a client behind the service's address.
fn answering(cluster: &Cluster, client: &Container) -> BTreeSet<String> {
    talk::who(&client.netns, cluster.vip("shop"), 30).into_iter().collect()
}

fn only(name: &str) -> BTreeSet<String> {
    BTreeSet::from([name.to_owned()])
}

fn status(cluster: &Cluster, node: &str) -> String {
    let shown: Vec<NodeInspect> = cluster.read(1, &format!("node inspect {node}"));
    shown[0].status.clone()
}

#[test]
fn a_drained_node_takes_nothing_new_from_the_moment_at_which_the_command_returns() {
    let (cluster, [one, two], clients) = scene();
    let vip = cluster.vip("shop");
    let held = (0..100).find_map(|_| {
        let stream = talk::connect(&clients[2].netns, vip).unwrap();
        (talk::on(&stream).unwrap().server == "two").then_some(stream)
    });
    assert_eq!(cluster.cw(3, "node update --availability drain node2"), "node2");
    for client in &clients {
        assert_eq!(answering(&cluster, client), only("one"), "{}", client.name);
        assert_eq!(dig::dig(client, "tasks.shop").values(), [one.ip.to_string()], "{}", client.name);
        assert_eq!(dig::dig(client, "two").values(), [two.ip.to_string()], "its own name is answered");
    }
    assert_eq!(talk::on(&held.unwrap()).unwrap().server, "two", "what it had goes on");
    assert_eq!(status(&cluster, "node2"), "Drained");
    let late = cluster.server(2, "late", "--network web --service shop");
    assert_eq!(talk::ask(&clients[0].netns, late.ip).unwrap().server, "late", "it runs, and is reached");
    assert_eq!(answering(&cluster, &clients[1]), only("one"));
    let states: Vec<_> = cluster.backends(1, "shop").into_iter().map(|b| (b.name, b.state)).collect();
    let shown = [("late", "draining"), ("one", "active"), ("two", "draining")];
    assert_eq!(states, shown.map(|(name, state)| (name.to_owned(), state.to_owned())));
    cluster.cw(1, "node update --availability active node2");
    let all: BTreeSet<String> = ["late", "one", "two"].map(str::to_owned).into();
    for client in &clients {
        assert_eq!(answering(&cluster, client), all, "{}", client.name);
    }
    assert_eq!(status(&cluster, "node2"), "Ready");
}

#[test]
fn the_backends_of_a_dead_node_are_asked_no_more_and_its_names_not_answered() {
    let (mut cluster, [one, _two], clients) = scene();
    ip::ip(cluster.lab.switch(), "link set port2 down").unwrap();
    cluster.lab.node_mut(2).kill_daemon();
    wait::until("node2 is Down", SOON, || Ok(status(&cluster, "node2") == "Down")).unwrap();
    for client in [&clients[0], &clients[2]] {
        let gone = || Ok(dig::dig(client, "two").status == "NXDOMAIN");
        wait::until("its name is gone", Duration::from_secs(5), gone).unwrap();
        assert_eq!(answering(&cluster, client), only("one"), "{}", client.name);
        assert_eq!(dig::dig(client, "tasks.shop").values(), [one.ip.to_string()], "{}", client.name);
    }
    let states: Vec<_> = cluster.backends(1, "shop").into_iter().map(|b| (b.name, b.state)).collect();
    assert_eq!(states[1], ("two".to_owned(), "down".to_owned()));
}
