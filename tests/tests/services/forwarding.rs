//! Names that nobody in the cluster has.

use std::time::{Duration, Instant};

use super::{
    cast::Cluster,
    dig::dig,
    outside::{ADDRESS, NAME},
};

#[test]
fn unknown_names_are_asked_of_the_hosts_servers() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    let client = cluster.client(2, "client", "--network web");
    let said = dig(&client, NAME);
    assert_eq!((said.status.as_str(), said.values()), ("NOERROR", vec![&*ADDRESS.to_string()]));
    assert_eq!(cluster.outside.asked_for(NAME), 2, "once at the beginning, once now");
    assert_eq!(dig(&client, "nobody.example.org").status, "NXDOMAIN");
    assert_eq!(dig(&client, "big.example.com TXT").values(), ["\"a-long-text\""]);
    assert_eq!(dig(&client, &format!("+tcp {NAME}")).values(), [ADDRESS.to_string()]);
    assert!(cluster.exec(2, "client", &format!("getent hosts {NAME}")).starts_with(&ADDRESS.to_string()));
}

#[test]
fn servers_that_the_user_names_are_asked_from_the_container() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    let server = cluster.lab.client().address();
    let client = cluster.client(1, "client", &format!("--network web --dns {server}"));
    assert!(cluster.exec(1, "client", "cat /etc/resolv.conf").contains("nameserver 127.0.0.11"));
    assert_eq!(dig(&client, NAME).values(), [ADDRESS.to_string()]);
    assert_eq!(dig(&client, "client").values(), [client.ip.to_string()]);
}

#[test]
fn a_dead_server_costs_less_than_a_second() {
    let cluster = Cluster::of(1);
    cluster.overlay("web");
    let server = cluster.lab.client().address();
    // Nobody has the first one: questions to it are never answered.
    let client = cluster.client(1, "client", &format!("--network web --dns 198.18.0.77 --dns {server}"));
    for _ in 0..3 {
        let begun = Instant::now();
        assert_eq!(dig(&client, NAME).values(), [ADDRESS.to_string()]);
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }
    let begun = Instant::now();
    assert_eq!(dig(&client, "client").answers.len(), 1);
    assert!(begun.elapsed() < Duration::from_millis(500));
}

#[test]
fn an_internal_network_forwards_nothing() {
    let cluster = Cluster::of(2);
    cluster.cw(1, "network create -d overlay --internal closed");
    let client = cluster.client(2, "client", "--network closed");
    let other = cluster.client(1, "other", "--network closed");
    let before = cluster.outside.asked_for("example.");
    let said = dig(&client, NAME);
    assert_eq!(said.answers, []);
    assert!(["SERVFAIL", "NXDOMAIN"].contains(&said.status.as_str()), "{said:?}");
    assert_eq!(cluster.outside.asked_for("example."), before);
    assert_eq!(dig(&client, "other").values(), [other.ip.to_string()]);
}

#[test]
fn search_domains_complete_names() {
    let cluster = Cluster::of(1);
    cluster.overlay("web");
    cluster.client(1, "plain", "--network web");
    cluster.client(1, "client", "--network web --dns-search example.com --dns-option ndots:1");
    let resolv = cluster.exec(1, "client", "cat /etc/resolv.conf");
    for line in ["nameserver 127.0.0.11", "search example.com", "options ndots:1"] {
        assert!(resolv.lines().any(|l| l == line), "{resolv}");
    }
    assert!(cluster.exec(1, "plain", "cat /etc/resolv.conf").contains("options ndots:0"));
    assert!(cluster.exec(1, "client", "getent hosts www").starts_with(&ADDRESS.to_string()));
    assert!(cluster.exec(1, "client", "getent hosts plain").contains("plain"));
}
