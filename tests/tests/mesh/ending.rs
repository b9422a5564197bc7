//! Backends and nodes that die: who talked with them is told so, and nobody new is led there.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use causeway_lab::{ip, wait};

use super::{
    cast::{Cluster, Container, PORT, SOON},
    server::Server,
    talk,
};

/// Servers on nodes 1 and 2 of three.
fn scene(options: &str, config: &str) -> (Cluster, [(Container, Server); 2]) {
    let cluster = Cluster::with_config(3, config);
    cluster.publish(PORT, options, "shop");
    let servers = [(1, "one"), (2, "two")].map(|(node, name)| cluster.server(node, name, "--service shop"));
    (cluster, servers)
}

/// Streams through every node, and with whom each talks.
fn streams(cluster: &Cluster) -> Vec<(TcpStream, String)> {
    let nodes = (1..=3).flat_map(|node| [node; 8]);
    let streams = nodes.map(|node| talk::connect(cluster.outside(), cluster.at(node, PORT)).unwrap());
    streams.map(|stream| (talk::on(&stream).unwrap().server, stream)).map(|(a, s)| (s, a)).collect()
}

/// The next packet of a stream is answered by a reset, soon.
fn is_reset(mut stream: &TcpStream) -> bool {
    let said = stream.write_all(b"question\n").and_then(|()| stream.read(&mut [0; 64]));
    matches!(said, Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe))
}

/// New conversations through all nodes find this server, each at once.
fn assert_only(cluster: &Cluster, nodes: &[usize], server: &str) {
    for node in nodes {
        for _ in 0..20 {
            let (to, begun) = (cluster.at(*node, PORT), Instant::now());
            for answer in [talk::ask(cluster.outside(), to), talk::send(cluster.outside(), to)] {
                assert_eq!(answer.as_ref().map(|a| &*a.server).ok(), Some(server), "node{node}: {answer:?}");
            }
            assert!(begun.elapsed() < Duration::from_millis(900), "node{node}: nothing was sent again");
        }
    }
}

#[test]
fn who_talked_with_a_backend_that_died_is_reset_and_nobody_new_is_led_there() {
    for path in ["symmetric", "dsr"] {
        let (cluster, [(one, _first), _second]) = scene(&format!("--return-path {path}"), "");
        let all = streams(&cluster);
        assert!(all.iter().any(|(_, server)| server == "one"));
        let killed = cluster.kill(&one);
        thread::sleep(Duration::from_millis(100).saturating_sub(killed.elapsed()));
        assert_only(&cluster, &[1, 2, 3], "two");
        for (stream, server) in &all {
            assert_eq!(is_reset(stream), server == "one", "{path}: a stream to {server}");
        }
    }
}

#[test]
fn without_a_backend_everyone_is_refused_at_once() {
    let (cluster, [(one, _first), (two, _second)]) = scene("", "");
    let datagrams: Vec<_> =
        (1..=3).map(|node| talk::udp_to(cluster.outside(), cluster.at(node, PORT))).collect();
    datagrams.iter().for_each(|socket| drop(talk::exchange(socket).unwrap()));
    for container in [&one, &two] {
        cluster.kill(container);
    }
    thread::sleep(Duration::from_millis(200));
    for node in 1..=3 {
        let begun = Instant::now();
        let refused = talk::ask(cluster.outside(), cluster.at(node, PORT)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "node{node}");
        let refused = talk::exchange(&datagrams[node - 1]).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "node{node}, by UDP");
        assert!(begun.elapsed() < Duration::from_millis(300), "node{node}: {:?}", begun.elapsed());
    }
    let _three = cluster.server(3, "three", "--service shop");
    assert_only(&cluster, &[1, 2, 3], "three");
}

#[test]
fn a_port_that_nobody_listens_on_in_the_container_is_refused_by_it() {
    let cluster = Cluster::of(2);
    cluster.publish(PORT, "", "shop");
    cluster.container(2, "deaf", "--service shop");
    for node in [1, 2] {
        let to = cluster.at(node, PORT);
        let refused = talk::ask(cluster.outside(), to).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "node{node}");
        let refused = talk::exchange(&talk::udp_to(cluster.outside(), to)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "node{node}, by UDP");
    }
}

/// Seconds that a node counts as alive without a sign of life.
const TTL: u64 = 3;

#[test]
fn who_talked_with_a_node_that_died_is_reset_and_nobody_new_is_led_there() {
    let (mut cluster, _servers) = scene("", &format!("lease_ttl = {TTL}\n"));
    let all = streams(&cluster);
    // A node that loses its power: no word of its daemon, no packet of its containers.
    ip::ip(cluster.lab.switch(), "link set port2 down").unwrap();
    cluster.lab.node_mut(2).kill_daemon();
    let died = Instant::now();
    thread::sleep(Duration::from_secs(TTL + 1));
    assert_only(&cluster, &[1, 3], "one");
    for (stream, server) in &all {
        // What came through the dead node finds nobody who could answer.
        let through = stream.peer_addr().unwrap().ip();
        if through != std::net::IpAddr::from(cluster.node(2).address()) {
            assert_eq!(is_reset(stream), server == "two", "a stream to {server} through {through}");
        }
    }
    println!("{:?} after the node died, all is settled", died.elapsed());
    ip::ip(cluster.lab.switch(), "link set port2 up").unwrap();
    cluster.lab.node_mut(2).start_daemon().unwrap();
    wait::until("the node is back", SOON, || {
        Ok((0..20).any(|_| {
            talk::ask(cluster.outside(), cluster.at(3, PORT)).is_ok_and(|answer| answer.server == "two")
        }))
    })
    .unwrap();
}
