//! Starts: of causewayd, of the engine, in either order.

use std::process::Stdio;

use causeway_lab::wait;

use super::{
    cast::{Cluster, LATER, tail},
    engine::CLIENT,
};

/// What a client does to see that it finds the server by its name.
const FETCH: &str = "curl -sS --max-time 2 http://web/etc/hostname";

#[test]
fn a_daemon_that_is_killed_loses_nothing() {
    let mut cluster = Cluster::of(2);
    cluster.network("shop", "");
    cluster.server(1, "web", "--network shop -p 8080:80", 80);
    cluster.client(2, "visitor", "--network shop");
    cluster.exec_until(2, "visitor", FETCH, "");
    cluster.lab.node_mut(1).kill_daemon();
    // Without it, what runs goes on, and goes away.
    cluster.exec(2, "visitor", FETCH);
    cluster.start_daemon(1);
    cluster.node(1).wait_ready(2).unwrap();
    cluster.exec(2, "visitor", FETCH);
    let url = format!("http://{}:8080/etc/hostname", cluster.node(1).address());
    cluster.curl(cluster.lab.client(), &url).unwrap();
    assert_eq!(cluster.shown(1), ["web"]);
    cluster.client(1, "later", "--network shop");
    cluster.exec_until(1, "later", FETCH, "");
    // What goes while it is away goes for good once it is back: the engine tries each of its calls for 15 seconds.
    cluster.lab.node_mut(1).kill_daemon();
    let mut killing = cluster
        .engine(1)
        .command(cluster.node(1), CLIENT, &["kill", "web"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    cluster.exec_until(2, "visitor", &format!("! {FETCH}"), "");
    cluster.start_daemon(1);
    cluster.node(1).wait_ready(2).unwrap();
    let killed = || Ok(killing.try_wait()?.is_some_and(|status| status.success()));
    wait::until("docker kill is done", LATER, killed).unwrap();
    let alone = || Ok(cluster.shown(1) == ["later"]);
    wait::until("the killed one is gone", LATER, alone).unwrap();
}

#[test]
fn an_engine_that_ends_leaves_nothing() {
    let mut cluster = Cluster::of(2);
    cluster.network("shop", "");
    cluster.client(1, "one", "--network shop");
    cluster.client(1, "two", "--network shop --restart always");
    cluster.server(2, "web", "--network shop", 80);
    assert_eq!(cluster.shown(1).len(), 2);
    // As `systemctl restart docker` does.
    cluster.stop_engine(1);
    assert!(cluster.interfaces(1).is_empty(), "{:?}", cluster.interfaces(1));
    cluster.start_engine(1);
    only_two(&cluster);
    cluster.docker(1, "start one");
    cluster.exec_until(1, "one", FETCH, "");
    // As if the power had gone.
    cluster.kill_engine(1);
    cluster.start_engine(1);
    only_two(&cluster);
    cluster.docker(1, "rm -f one two");
    cluster.docker(2, "rm -f web");
    cluster.wait_empty(1, "shop");
}

#[test]
fn engine_and_daemon_come_back_in_either_order() {
    let mut cluster = Cluster::of(2);
    cluster.network("shop", "");
    cluster.client(1, "one", "--network shop");
    cluster.client(1, "two", "--network shop --restart always");
    cluster.server(2, "web", "--network shop", 80);
    // The daemon first: nobody tells it what is over.
    cluster.kill_engine(1);
    cluster.lab.node_mut(1).kill_daemon();
    cluster.start_daemon(1);
    cluster.node(1).wait_ready(2).unwrap();
    cluster.start_engine(1);
    only_two(&cluster);
    // The engine first: it waits for the plugin, and starts its containers again once it is there.
    cluster.kill_engine(1);
    cluster.lab.node_mut(1).kill_daemon();
    cluster.launch_engine(1);
    cluster.start_daemon(1);
    cluster.node(1).wait_ready(2).unwrap();
    cluster.engine(1).wait_ready(cluster.node(1));
    only_two(&cluster);
    cluster.docker(1, "rm -f one two");
    cluster.docker(2, "rm -f web");
    cluster.wait_empty(1, "shop");
}

/// Of the first engine's containers `one` is over; `two` runs again, finds others and is found by its name.
fn only_two(cluster: &Cluster) {
    if let Err(error) = wait::until("only what runs is there", LATER, || Ok(cluster.shown(1) == ["two"])) {
        panic!("{error:#}: {:?}\n{}", cluster.shown(1), tail(&cluster.node(1).log()));
    }
    cluster.exec_until(1, "two", FETCH, "");
    cluster.exec_until(2, "web", "ping -c 1 -W 2 two", "1 packets received");
    assert_eq!(cluster.interfaces(1).len(), 1, "{:?}", cluster.interfaces(1));
}
