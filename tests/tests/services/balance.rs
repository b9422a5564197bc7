//! Which backend gets a conversation.

use std::{collections::BTreeMap, net::Ipv4Addr};

use causeway_lab::Netns;

use super::{
    cast::{Cluster, Container},
    talk,
};

/// Three servers on three nodes behind one service with these options, and a client on each node.
fn scene(options: &str) -> (Cluster, Ipv4Addr, Vec<Container>) {
    let cluster = Cluster::of(3);
    cluster.overlay("web");
    let vip = cluster.service("web", options, "shop");
    for node in 1..=3 {
        cluster.server(node, &format!("server{node}"), "--network web --service shop");
    }
    let clients =
        (1..=3).map(|node| cluster.client(node, &format!("client{node}"), "--network web")).collect();
    (cluster, vip, clients)
}

/// How many of so many connections each server got.
fn shares(netns: &Netns, vip: Ipv4Addr, times: usize) -> BTreeMap<String, usize> {
    talk::who(netns, vip, times).into_iter().fold(BTreeMap::new(), |mut shares, name| {
        *shares.entry(name).or_default() += 1;
        shares
    })
}

/// Each of three gets a third, within five standard deviations: once in a million times it is not so.
fn assert_even(shares: &BTreeMap<String, usize>, times: usize) {
    let (third, deviation) = (times as f64 / 3.0, (times as f64 * 2.0 / 9.0).sqrt());
    assert!(
        shares.len() == 3 && shares.values().all(|&n| (n as f64 - third).abs() < 5.0 * deviation),
        "{shares:?}"
    );
}

#[test]
fn backends_get_equal_shares_by_ring_and_by_chance() {
    let (cluster, vip, clients) = scene("");
    for client in &clients {
        assert_even(&shares(&client.netns, vip, 300), 300);
    }
    cluster.cw(2, "service update --balance random shop");
    for client in &clients {
        assert_even(&shares(&client.netns, vip, 300), 300);
    }
    let mut seen = BTreeMap::<String, usize>::new();
    for _ in 0..60 {
        let socket = talk::udp(&clients[0].netns);
        *seen.entry(talk::exchange_with(&socket, vip).unwrap().0.server).or_default() += 1;
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[test]
fn a_backends_weight_is_its_share() {
    let (cluster, vip, clients) = scene("");
    cluster.cw(1, "service update --weight server1=8 shop");
    let listed = cluster.cw(3, "service ps shop");
    assert!(listed.lines().any(|l| l.starts_with("server1") && l.ends_with('8')), "{listed}");
    for client in &clients {
        let shares = shares(&client.netns, vip, 200);
        let heavy = shares.get("server1").copied().unwrap_or_default();
        // 160 expected, with a standard deviation of under 6.
        assert!((130..=190).contains(&heavy), "{}: {shares:?}", client.name);
    }
}

#[test]
fn local_backends_come_first_where_that_is_asked_for() {
    let (cluster, vip, clients) = scene("--local-first");
    for (node, client) in (1..=3).zip(&clients) {
        let own = format!("server{node}");
        assert_eq!(shares(&client.netns, vip, 30), [(own, 30)].into());
    }
    cluster.cw(2, "stop -t 0 server2");
    let others = shares(&clients[1].netns, vip, 40);
    assert_eq!(others.keys().collect::<Vec<_>>(), ["server1", "server3"]);
    cluster.cw(2, "service update --local-first=false shop");
    assert_eq!(shares(&clients[0].netns, vip, 40).len(), 2);
}

#[test]
fn a_client_stays_with_its_backend_where_that_is_asked_for() {
    let (cluster, vip, clients) = scene("--affinity client-ip=600");
    let mut chosen = Vec::new();
    for client in &clients {
        let shares = shares(&client.netns, vip, 20);
        assert_eq!(shares.len(), 1, "{}: {shares:?}", client.name);
        chosen.push(shares.into_keys().next().unwrap());
        let datagram = talk::exchange(&talk::udp_to(&client.netns, vip)).unwrap();
        assert_eq!(Some(&datagram.server), chosen.last(), "by UDP too");
    }
    // One that goes away takes nobody with it, and the others stay where they are.
    let gone = chosen[0].clone();
    let node = gone.trim_start_matches("server").parse().unwrap();
    cluster.cw(node, &format!("stop -t 0 {gone}"));
    for (client, before) in clients.iter().zip(&chosen) {
        let now = shares(&client.netns, vip, 20);
        assert_eq!(now.len(), 1, "{}: {now:?}", client.name);
        let stays = *before != gone;
        assert_eq!(now.contains_key(before), stays, "{}: {before}, now {now:?}", client.name);
    }
    cluster.cw(1, "service update --affinity none shop");
    assert_eq!(shares(&clients[0].netns, vip, 40).len(), 2);
}

#[test]
fn affinity_is_forgotten_when_its_time_is_over() {
    let (_cluster, vip, clients) = scene("--affinity client-ip=1");
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..12 {
        seen.insert(talk::ask(&clients[0].netns, vip).unwrap().server);
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        if seen.len() > 1 {
            return;
        }
    }
    panic!("always {seen:?}, although nobody stays longer than a second");
}
