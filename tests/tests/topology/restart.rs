//! The dataplane outlives the daemon.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    thread,
    time::Duration,
};

use causeway::api::types::{ContainerInspect, ServiceInspect};
use causeway_lab::wait;

use super::{
    cast::{Cluster, SOON, inspect},
    stream,
};

#[test]
fn killing_and_restarting_daemons_loses_no_packet() {
    let mut cluster = Cluster::of(2);
    cluster.network("web", &[]);
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(2, "web", "b");
    let flood = thread::spawn({
        let a_netns = causeway_lab::Netns::open(a.netns.name()).unwrap();
        let to = b.ip.to_string();
        move || {
            let mut command = causeway_lab::spawn::command(&a_netns, "ping");
            command.args(["-q", "-i", "0.005", "-c", "800", "-W", "1", &to]);
            causeway_lab::run::output(&mut command, Duration::from_secs(60)).unwrap().stdout
        }
    });
    for round in 0..4 {
        let node = round % 2 + 1;
        thread::sleep(Duration::from_millis(300));
        cluster.lab.node_mut(node).kill_daemon();
        thread::sleep(Duration::from_millis(300));
        cluster.lab.node_mut(node).start_daemon().unwrap();
        cluster.node(node).wait_ready(2).unwrap();
    }
    let said = flood.join().unwrap();
    assert!(said.contains("800 received") && said.contains(" 0% packet loss"), "{said}");
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}

#[test]
fn a_daemon_adopts_what_it_finds() {
    let mut cluster = Cluster::of(2);
    cluster.network("web", &[]);
    let a = cluster.container(1, "web", "a");
    let pid = a.inspected.state.pid;
    cluster.lab.node_mut(1).kill_daemon();
    let b = cluster.container_with(2, "b", "--network web --no-wait");
    cluster.lab.node_mut(1).start_daemon().unwrap();
    cluster.node(1).wait_ready(2).unwrap();
    let shown: Vec<ContainerInspect> = inspect(cluster.node(1), "inspect a");
    assert_eq!((shown[0].state.pid, shown[0].state.running), (pid, true));
    wait::until("a reaches who came meanwhile", SOON, || Ok(a.pings_once(b.ip))).unwrap();
    // New containers live beside the adopted one, which can still be stopped and removed.
    let c = cluster.container(1, "web", "c");
    assert!(c.pings(a.ip) && b.pings(c.ip));
    stream::transfer(&b, &a, 7000, stream::MEBIBYTE);
    cluster.node(1).cw("stop -t 1 a").unwrap();
    cluster.node(1).cw("rm a").unwrap();
    assert!(!c.pings_once(a.ip));
}

#[test]
fn a_stopped_daemon_leaves_the_road_open() {
    let mut cluster = Cluster::of(2);
    cluster.network("web", &[]);
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(2, "web", "b");
    assert!(cluster.lab.node_mut(1).stop_daemon(), "SIGTERM did not stop the daemon");
    assert!(cluster.lab.node_mut(2).stop_daemon(), "SIGTERM did not stop the daemon");
    assert!(a.pings(b.ip));
    stream::transfer(&a, &b, 7000, stream::MEBIBYTE);
}

/// A byte from one end to the other and back.
fn talk(one: &TcpStream, other: &TcpStream) {
    for (mut from, mut to) in [(one, other), (other, one)] {
        let mut byte = [0];
        to.set_read_timeout(Some(SOON)).unwrap();
        from.write_all(b"x").unwrap();
        to.read_exact(&mut byte).unwrap();
    }
}

fn vip(cluster: &Cluster, service: &str) -> Ipv4Addr {
    let shown: Vec<ServiceInspect> = inspect(cluster.node(1), &format!("service inspect {service}"));
    shown[0].endpoint.virtual_ips[0].addr.trim_end_matches("/32").parse().unwrap()
}

#[test]
fn names_and_services_outlive_killed_daemons() {
    let mut cluster = Cluster::of(2);
    cluster.network("web", &[]);
    cluster.node(1).cw("service create --network web shop").unwrap();
    let server = cluster.container_with(1, "server", "--network web --service shop");
    let client = cluster.container(2, "web", "client");
    let (vip, listener) = (vip(&cluster, "shop"), server.listener(7000));
    let held = client.connect((vip, 7000)).unwrap();
    let (answered, _) = listener.accept().unwrap();
    let names = "dig +short +tries=1 @127.0.0.11 shop server client";
    let (found, resolver) = (client.run(names), client.run("ss -Huntl"));
    assert_eq!(found.lines().collect::<Vec<_>>(), [vip, server.ip, client.ip].map(|ip| ip.to_string()));

    (1..=2).for_each(|node| cluster.lab.node_mut(node).kill_daemon());
    talk(&held, &answered);
    // Nobody has to be asked for a backend.
    let meanwhile = client.connect((vip, 7000)).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    talk(&meanwhile, &accepted);
    (1..=2).for_each(|node| cluster.lab.node_mut(node).start_daemon().unwrap());
    (1..=2).for_each(|node| cluster.node(node).wait_ready(2).unwrap());

    talk(&held, &answered);
    talk(&meanwhile, &accepted);
    assert_eq!(client.run("ss -Huntl"), resolver, "the resolver is at the same ports");
    assert_eq!(client.run(names), found);
    let late = cluster.container_with(1, "late", "--network web --service shop");
    assert_eq!(client.run("dig +short +tries=1 @127.0.0.11 late").trim(), late.ip.to_string());
    cluster.node(1).cw("stop -t 1 server").unwrap();
    assert_eq!(client.run("dig +short +tries=1 @127.0.0.11 server").trim(), "");
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}
