//! Where a service's port is: on nodes that run a backend, for a backend itself, and for one service of several
//! that want it.

use std::{
    collections::BTreeSet,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddrV4},
    thread,
};

use super::{
    cast::{Cluster, PORT, TARGET},
    talk,
};

#[test]
fn a_port_of_mode_host_is_on_the_nodes_that_run_a_backend() {
    let cluster = Cluster::of(3);
    let port = format!("-p published={PORT},target={TARGET},mode=host");
    cluster.cw(1, &format!("service create --network web {port} shop"));
    let _servers = [1, 2].map(|node| cluster.server(node, &format!("server{node}"), "--service shop"));
    for node in [1, 2] {
        let own = format!("server{node}");
        for (from, at) in [
            (cluster.outside(), cluster.at(node, PORT)),
            (&cluster.node(node).netns, SocketAddrV4::new(Ipv4Addr::LOCALHOST, PORT)),
        ] {
            for _ in 0..8 {
                assert_eq!(talk::ask(from, at).unwrap().server, own, "{} -> {at}", from.name());
            }
        }
    }
    let refused = talk::ask(cluster.outside(), cluster.at(3, PORT)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    cluster.assert_no_drops();
}

#[test]
fn a_backend_reaches_itself_through_every_node() {
    let cluster = Cluster::of(2);
    cluster.publish(PORT, "", "shop");
    let (container, _server) = cluster.server(1, "alone", "--service shop");
    for node in 1..=2 {
        let to = cluster.at(node, PORT);
        for answer in [talk::ask(&container.netns, to), talk::send(&container.netns, to)] {
            assert_eq!(answer.unwrap().server, "alone", "through node{node}");
        }
    }
    cluster.assert_no_drops();
}

#[test]
fn a_port_that_a_container_has_on_some_node_is_no_services() {
    let cluster = Cluster::of(2);
    cluster.container(2, "holder", &format!("-p {PORT}:{TARGET}"));
    let create = format!("service create --network web -p {PORT}:{TARGET} s");
    let refused = cluster.node(1).causeway(create.split_whitespace()).unwrap();
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("holder") && refused.stderr.contains("node2"), "{}", refused.stderr);
    cluster.cw(1, "service create --network web s");
    let add = format!("service update --publish-add {PORT}:{TARGET} s");
    let refused = cluster.node(1).causeway(add.split_whitespace()).unwrap();
    assert!(refused.code == 1 && refused.stderr.contains("holder"), "{}", refused.stderr);
    cluster.cw(2, "rm -f holder");
    cluster.cw(1, &add);
}

#[test]
fn a_service_is_published_on_nodes_that_its_network_is_not_on_and_again_is_not() {
    let cluster = Cluster::of(3);
    cluster.cw(1, "service create --network web shop");
    let _servers = [1, 2].map(|node| cluster.server(node, &format!("server{node}"), "--service shop"));
    let (to, outside) = (cluster.at(3, PORT), cluster.outside());
    let shown = || cluster.backends(3, "shop").len();
    assert_eq!(shown(), 2, "a node that takes no part is asked, too");
    for _ in 0..3 {
        assert_eq!(talk::ask(outside, to).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        cluster.cw(2, &format!("service update --publish-add {PORT}:{TARGET} shop"));
        let seen: BTreeSet<String> = (0..25).map(|_| talk::ask(outside, to).unwrap().server).collect();
        assert_eq!(seen.len(), 2, "{seen:?}");
        cluster.cw(2, &format!("service update --publish-rm {TARGET} shop"));
        assert_eq!(shown(), 2);
    }
    cluster.assert_no_drops();
}

#[test]
fn of_two_services_that_are_created_at_one_moment_on_two_nodes_one_has_the_port() {
    let cluster = Cluster::of(2);
    for round in 0..10 {
        let port = PORT + round;
        let create = |node: usize| {
            let line = format!("service create --network web -p {port}:{TARGET} s{round}-{node}");
            cluster.node(node).causeway(line.split_whitespace()).unwrap()
        };
        let outputs = thread::scope(|scope| {
            let other = scope.spawn(|| create(2));
            [create(1), other.join().unwrap()]
        });
        let refused: Vec<_> = outputs.iter().filter(|output| output.code != 0).collect();
        assert_eq!(refused.len(), 1, "round {round}");
        assert!(refused[0].stderr.contains(&format!("{port}/tcp")), "{}", refused[0].stderr);
    }
    assert_eq!(cluster.cw(1, "service ls -q").lines().count(), 10);
}
