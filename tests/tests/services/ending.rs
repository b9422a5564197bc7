//! What has ended is not found any more, and gets nothing more.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{
    cast::{Cluster, Container},
    dig, talk,
};

/// Servers on nodes 1 and 2 behind one service, and a client on each of three nodes.
fn scene() -> (Cluster, [Container; 2], [Container; 3]) {
    let cluster = Cluster::of(3);
    cluster.overlay("web");
    cluster.service("web", "", "shop");
    let servers = [(1, "one"), (2, "two")]
        .map(|(node, name)| cluster.server(node, name, "--network web --service shop"));
    let clients = [1, 2, 3].map(|node| cluster.client(node, &format!("client{node}"), "--network web"));
    (cluster, servers, clients)
}

#[test]
fn a_name_is_gone_everywhere_within_a_second() {
    let (cluster, [one, two], clients) = scene();
    let begun = cluster.kill(&one);
    // All nodes at once: what one takes to ask is no time of the others.
    let took = thread::scope(|scope| {
        let asking = |client| scope.spawn(move || dig::until(client, "one", "NXDOMAIN", begun));
        clients.each_ref().map(asking).map(|thread| thread.join().unwrap())
    });
    assert!(took.iter().all(|took| *took < Duration::from_secs(1)), "{took:?}");
    for client in &clients {
        assert_eq!(dig::dig(client, "tasks.shop").values(), [two.ip.to_string()], "{}", client.name);
    }
    let begun = Instant::now();
    cluster.cw(2, "rm -f two");
    for client in &clients {
        assert_eq!(
            dig::dig(client, "two").status,
            "NXDOMAIN",
            "{}: `rm` has waited for all nodes",
            client.name
        );
        assert_eq!(dig::dig(client, &two.ip.to_string()).answers, []);
    }
    println!("rm and looking everywhere took {:?}", begun.elapsed());
}

#[test]
fn a_backend_whose_process_died_gets_no_connection_a_tenth_of_a_second_later() {
    let (cluster, [one, _two], clients) = scene();
    let vip = cluster.vip("shop");
    let begun = cluster.kill(&one);
    thread::sleep(Duration::from_millis(100).saturating_sub(begun.elapsed()));
    for client in &clients {
        for _ in 0..40 {
            let answer = talk::ask(&client.netns, vip);
            assert_eq!(
                answer.as_ref().map(|a| a.server.as_str()).ok(),
                Some("two"),
                "{}: {answer:?}",
                client.name
            );
        }
    }
}

#[test]
fn without_a_backend_connections_are_refused_at_once() {
    let (cluster, [one, two], clients) = scene();
    let vip = cluster.vip("shop");
    cluster.kill(&one);
    cluster.kill(&two);
    thread::sleep(Duration::from_millis(200));
    for client in &clients {
        let begun = Instant::now();
        let error = talk::ask(&client.netns, vip).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused, "{}", client.name);
        assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    }
    // A new one is found by the same address.
    cluster.server(3, "three", "--network web --service shop");
    for client in &clients {
        assert_eq!(talk::ask(&client.netns, vip).unwrap().server, "three", "{}", client.name);
    }
}

#[test]
fn a_service_that_is_removed_leaves_its_containers() {
    let (cluster, [one, _two], clients) = scene();
    let vip = cluster.vip("shop");
    cluster.cw(3, "service rm shop");
    for client in &clients {
        assert_eq!(dig::dig(client, "shop").status, "NXDOMAIN", "{}", client.name);
        assert!(talk::ask(&client.netns, vip).is_err());
        assert_eq!(talk::ask(&client.netns, one.ip).unwrap().server, "one");
        assert_eq!(dig::dig(client, "one").values(), [one.ip.to_string()]);
    }
    assert_eq!(cluster.cw(1, "service ls -q"), "");
}
