//! How long it takes on three nodes until what begins is reached and what ends is asked no more.

use std::{
    net::Ipv4Addr,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use causeway::model::Mac;
use causeway_lab::{ip, spawn};

use super::{
    cast::{Cluster, Container},
    talk,
};

/// After this something is broken, not slow.
const LIMIT: Duration = Duration::from_secs(10);

/// Prints median and 99th percentile of some times, and gives the latter.
fn figures(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    println!("{what}: p50 {:?}, p99 {:?}, of {}", at(50), at(99), times.len());
    at(99)
}

/// Waits until the container at `to` answers the client; when.
fn reached(client: &Container, to: Ipv4Addr) -> Instant {
    // The client need not ask for the neighbour: its kernel would ask again after a second only.
    let neighbour = format!("neigh replace {to} lladdr {} dev eth0 nud permanent", Mac::of(to));
    ip::ip(&client.netns, &neighbour).unwrap();
    let mut ping = spawn::command(&client.netns, "ping");
    // With a deadline it ends with the first answer, not with the first question.
    ping.args(["-q", "-c1", "-i0.002", "-w10", &to.to_string()]);
    let output = ping.output().unwrap();
    assert!(output.status.success(), "{to} is not reached: {output:?}");
    Instant::now()
}

#[test]
fn from_run_to_reached_from_another_node() {
    let cluster = Cluster::of(3);
    cluster.cw(1, "network create -d overlay --subnet 10.79.0.0/24 web");
    let clients = [1, 2, 3].map(|node| cluster.client(node, &format!("client{node}"), "--network web"));
    let (mut until_reached, mut until_returned) = (Vec::new(), Vec::new());
    for round in 0..30 {
        let (node, client) = (1 + round % 3, &clients[(round + 1) % 3]);
        let addr = Ipv4Addr::new(10, 79, 0, 100 + u8::try_from(round).unwrap());
        let (begun, returned, reached) = thread::scope(|scope| {
            let probe = scope.spawn(|| reached(client, addr));
            thread::sleep(Duration::from_millis(20));
            let begun = Instant::now();
            cluster.cw(node, &format!("run -d --name c{round} --network web --ip {addr} -- sleep 900"));
            (begun, Instant::now(), probe.join().unwrap())
        });
        assert!(reached < returned + Duration::from_millis(500), "`run` returns when it is reached");
        until_reached.push(reached - begun);
        until_returned.push(returned - begun);
        cluster.cw(node, &format!("rm -f c{round}"));
    }
    let slowest = figures("from `causeway run` to reached from another node", until_reached);
    figures("from `causeway run` to its return", until_returned);
    assert!(slowest < LIMIT);
}

/// Requests that failed, of all that clients make until `work` is done: when each began.
fn failed(clients: &[Container], vip: Ipv4Addr, work: impl FnOnce()) -> Vec<Instant> {
    let (done, failed) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for client in clients {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    if talk::ask(&client.netns, vip).is_err() {
                        failed.lock().unwrap().push(begun);
                    }
                }
            });
        }
        work();
        done.store(true, Ordering::Relaxed);
    });
    failed.into_inner().unwrap()
}

#[test]
fn from_a_process_death_until_no_node_sends_to_it() {
    let cluster = Cluster::of(3);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    cluster.server(1, "stays", "--network web --service shop");
    let clients = [1, 2, 3].map(|node| cluster.client(node, &format!("client{node}"), "--network web"));
    let mut times = Vec::new();
    for round in 0..12 {
        let (node, name) = (1 + round % 3, format!("victim{round}"));
        let victim = cluster.server(node, &name, "--network web --service shop");
        let mut killed = Instant::now();
        let failed = failed(&clients, vip, || {
            thread::sleep(Duration::from_millis(100));
            killed = cluster.kill(&victim);
            thread::sleep(Duration::from_millis(700));
        });
        let last = failed.into_iter().filter(|begun| *begun >= killed).max();
        times.push(last.map_or(Duration::ZERO, |last| last - killed));
        cluster.cw(node, &format!("rm -f {name}"));
    }
    let slowest = figures("from a process' death until no node sends to it", times);
    assert!(slowest < Duration::from_millis(600), "it is still asked at the end");
}
