//! Starts: of causewayd, of the engine, in either order.

use causeway_lab::wait;

use super::cast::{Cluster, LATER};

#[test]
fn a_daemon_that_is_killed_loses_nothing() {
    let mut cluster = Cluster::of(2);
    cluster.network("shop", "");
    cluster.server(1, "web", "--network shop -p 8080:80", 80);
    cluster.client(2, "visitor", "--network shop");
    let fetch = "curl -sS --max-time 2 http://web/etc/hostname";
    cluster.exec_until(2, "visitor", fetch, "");
    cluster.lab.node_mut(1).kill_daemon();
    // Without it, what runs goes on, and goes away.
    cluster.exec(2, "visitor", fetch);
    cluster.start_daemon(1);
    cluster.node(1).wait_ready(2).unwrap();
    cluster.exec(2, "visitor", fetch);
    let url = format!("http://{}:8080/etc/hostname", cluster.node(1).address());
    cluster.curl(cluster.lab.client(), &url).unwrap();
    assert_eq!(cluster.shown(1), ["web"]);
    cluster.client(1, "later", "--network shop");
    cluster.exec_until(1, "later", fetch, "");
    // What goes while it is away is taken away afterwards.
    cluster.lab.node_mut(1).kill_daemon();
    cluster.docker(1, "kill web");
    cluster.start_daemon(1);
    cluster.node(1).wait_ready(2).unwrap();
    let alone = || Ok(cluster.shown(1) == ["later"]);
    wait::until("the killed one is gone", LATER, alone).unwrap();
}

#[test]
fn an_engine_that_is_killed_leaves_nothing() {
    let mut cluster = Cluster::of(2);
    cluster.network("shop", "");
    cluster.client(1, "one", "--network shop");
    cluster.client(1, "two", "--network shop --restart always");
    cluster.server(2, "web", "--network shop", 80);
    let names = |cluster: &Cluster| cluster.shown(1);
    assert_eq!(names(&cluster).len(), 2);
    cluster.kill_engine(1);
    cluster.start_engine(1);
    // `one` is over, `two` runs again, and is found by its name.
    let alone = || Ok(names(&cluster) == ["two"]);
    wait::until("only what runs is there", LATER, alone).unwrap();
    cluster.exec_until(1, "two", "curl -sS --max-time 2 http://web/etc/hostname", "");
    cluster.exec_until(2, "web", "ping -c 1 -W 2 two", "1 packets received");
    cluster.docker(1, "start one");
    cluster.exec_until(1, "one", "curl -sS --max-time 2 http://web/etc/hostname", "");

    // The engine first, then the daemon: nobody tells it what is over.
    cluster.kill_engine(1);
    cluster.lab.node_mut(1).kill_daemon();
    cluster.start_daemon(1);
    cluster.node(1).wait_ready(2).unwrap();
    cluster.start_engine(1);
    wait::until("only what runs is there", LATER, || Ok(names(&cluster) == ["two"])).unwrap();
    cluster.docker(1, "rm -f one two");
    cluster.docker(2, "rm -f web");
    cluster.wait_empty(1, "shop");
}
