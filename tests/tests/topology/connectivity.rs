//! Containers reach each other, on one node and across nodes, by ping, TCP and UDP.

use std::net::Ipv4Addr;

use super::{
    cast::{Cluster, Container},
    stream,
};

fn talk(a: &Container, b: &Container) {
    assert!(a.pings(b.ip), "{} cannot ping {}", a.name, b.name);
    stream::transfer(a, b, 7000, stream::MEBIBYTE);
    let (here, there) = (a.udp(7001), b.udp(7001));
    here.send_to(b"question", (b.ip, 7001)).unwrap();
    let mut buffer = [0; 64];
    let (length, from) = there.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..length], from.ip()), (&b"question"[..], a.ip.into()));
    there.send_to(b"answer", from).unwrap();
    assert_eq!(here.recv(&mut buffer).unwrap(), 6);
}

#[test]
fn containers_of_one_network_reach_each_other_wherever_they_are() {
    let cluster = Cluster::of(3);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(1, "web", "b");
    let c = cluster.container(2, "web", "c");
    let d = cluster.container(3, "web", "d");
    for (from, to) in [(&a, &b), (&a, &c), (&c, &a), (&c, &d), (&d, &b)] {
        talk(from, to);
    }
    for node in 1..=3 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}

#[test]
fn a_container_has_the_address_mac_and_mtu_that_inspect_shows() {
    let cluster = Cluster::of(1);
    cluster.network("web", &["10.77.0.0/24"]);
    let a = cluster.container_with(1, "a", "--network web --ip 10.77.0.77");
    assert_eq!(a.ip, Ipv4Addr::new(10, 77, 0, 77));
    assert_eq!(a.mac, "02:42:0a:4d:00:4d");
    let shown = a.run("ip -o address show dev eth0");
    assert!(shown.contains("10.77.0.77/24"), "{shown}");
    let link = a.run("ip -o link show dev eth0");
    assert!(link.contains("02:42:0a:4d:00:4d") && link.contains("mtu 1450"), "{link}");
    assert!(!a.run("ip -o address show dev eth0").contains("inet6"));
}

#[test]
fn ip_netns_shows_a_container_until_it_is_removed() {
    let cluster = Cluster::of(1);
    cluster.network("web", &[]);
    let a = cluster.container(1, "web", "a");
    let name = a.netns.name().to_owned();
    assert!(cluster.node(1).sh("ip netns list").unwrap().contains(&name));
    cluster.node(1).cw("rm -f a").unwrap();
    assert!(!cluster.node(1).sh("ip netns list").unwrap().contains(&name));
}

#[test]
fn http_across_nodes_works_with_the_commands_a_user_has() {
    let cluster = Cluster::of(2);
    cluster.network("web", &[]);
    let root = cluster.lab.layout().root.join("www");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("index.html"), "hello from the overlay\n").unwrap();
    let serve = format!("run -d --name server --network web -- busybox httpd -f -p 80 -h {}", root.display());
    cluster.node(1).cw(&serve).unwrap();
    let server = Container::inspected(cluster.node(1), "server");
    let fetch = format!(
        "run --rm --network web -- curl -sS --retry 5 --retry-connrefused --max-time 5 http://{}/",
        server.ip
    );
    assert_eq!(cluster.node(2).cw(&fetch).unwrap(), "hello from the overlay");
}
