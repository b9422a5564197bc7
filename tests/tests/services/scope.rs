//! Names and addresses of services count in their networks only.

use super::{cast::Cluster, dig::dig, talk};

#[test]
fn a_name_counts_in_its_network_and_nowhere_else() {
    let cluster = Cluster::of(2);
    for network in ["web", "back"] {
        cluster.overlay(network);
        cluster.service(network, "", &format!("shop-{network}"));
    }
    let web = cluster.client(1, "inweb", "--network web");
    let back = cluster.client(2, "inback", "--network back --network-alias db");
    let both = cluster.client(1, "inboth", "--network web --network back");
    for (asker, name, found) in [
        (&web, "inweb", true),
        (&web, "inboth", true),
        (&web, "inback", false),
        (&web, "db", false),
        (&web, "shop-web", true),
        (&web, "shop-back", false),
        (&back, "inweb", false),
        (&back, "inboth", true),
        (&both, "inweb", true),
        (&both, "db", true),
        (&both, "shop-web", true),
        (&both, "shop-back", true),
        (&both, "inback.web", false),
        (&both, "inback.back", true),
    ] {
        let said = dig(asker, name);
        assert_eq!(
            (said.answers.len() == 1, said.status == "NOERROR"),
            (found, found),
            "{name} in {}",
            asker.name
        );
    }
}

#[test]
fn the_default_network_has_no_names() {
    let cluster = Cluster::of(1);
    cluster.client(1, "one", "");
    cluster.client(1, "two", "");
    let resolv = cluster.exec(1, "one", "cat /etc/resolv.conf");
    assert!(!resolv.contains("127.0.0.11") && resolv.contains("198.18.0.100"), "{resolv}");
    assert_ne!(cluster.try_exec(1, "one", "getent hosts two").code, 0);
    // On a network of the user's own it has.
    cluster.cw(1, "network create own");
    let three = cluster.client(1, "three", "--network own");
    cluster.client(1, "four", "--network own");
    assert!(cluster.exec(1, "four", "cat /etc/resolv.conf").contains("nameserver 127.0.0.11"));
    assert!(cluster.exec(1, "four", "getent hosts three").starts_with(&three.ip.to_string()));
}

#[test]
fn the_address_of_a_service_means_nothing_outside_of_its_network() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    cluster.overlay("other");
    let vip = cluster.service("web", "", "shop");
    cluster.server(1, "one", "--network web --service shop");
    let inside = cluster.client(2, "inside", "--network web");
    assert_eq!(talk::ask(&inside.netns, vip).unwrap().server, "one");
    for (node, name, options) in
        [(1, "stranger1", "--network other"), (2, "stranger2", "--network other"), (1, "plain", "")]
    {
        let stranger = cluster.client(node, name, options);
        let refused = talk::ask(&stranger.netns, vip).map(|answer| answer.server);
        assert!(refused.is_err(), "{name}: {refused:?}");
        assert_ne!(stranger.run(&format!("ping -c1 -W1 {vip}")).code, 0, "{name} pings {vip}");
        assert!(talk::exchange(&talk::udp_to(&stranger.netns, vip)).is_err(), "{name} by UDP");
    }
    // Whoever joins the network may, from then on.
    cluster.cw(1, "network connect web stranger1");
    let joined = cluster.inspected(1, "stranger1");
    assert_eq!(talk::ask(&joined.netns, vip).unwrap().server, "one");
    cluster.cw(1, "network disconnect web stranger1");
    assert!(talk::ask(&joined.netns, vip).is_err());
}

#[test]
fn bridge_networks_have_services_of_their_own_node() {
    let cluster = Cluster::of(2);
    cluster.cw(1, "network create lan");
    let vip = cluster.service("lan", "", "shop");
    let one = cluster.server(1, "one", "--network lan --service shop");
    let client = cluster.client(1, "client", "--network lan");
    assert_eq!(dig(&client, "shop").values(), [vip.to_string()]);
    assert_eq!(dig(&client, "tasks.shop").values(), [one.ip.to_string()]);
    assert_eq!(talk::ask(&client.netns, vip).unwrap().server, "one");
}
