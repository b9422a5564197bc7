//! Veth pairs, and what is done to an interface.

use std::net::Ipv4Addr;

use causeway::{
    link::{LinkError, VethSpec, disable_ipv6, segment_datagrams},
    model::Mac,
};
use causeway_lab::{
    Netns,
    ip::{ip, words},
};

use super::scratch::{line, link, netns};

fn spec(container: &Netns) -> VethSpec {
    VethSpec {
        host_name: "cw0123456789ab".to_owned(),
        container_netns: container.path(),
        container_name: "eth0".to_owned(),
        container_mac: Mac([2, 0x42, 10, 0, 0, 2]),
        mtu: 1450,
        group: 4097,
    }
}

/// As the daemon of `host` makes it.
fn create(host: &Netns, spec: &VethSpec) -> Result<u32, LinkError> {
    host.run(|| spec.create()).unwrap()
}

#[tokio::test]
async fn the_containers_end_is_born_where_it_belongs() {
    let (host, container) = (netns(), netns());
    let (outside, inside) = (link(&host), link(&container));
    let ifindex = create(&host, &spec(&container)).unwrap();

    let ours = outside.find("cw0123456789ab").await.unwrap().unwrap();
    assert_eq!((ours.ifindex, ours.mtu, ours.up, ours.group), (ifindex, 1450, false, 4097));
    let theirs = inside.find("eth0").await.unwrap().unwrap();
    assert_eq!((theirs.mac, theirs.mtu), (Some(Mac([2, 0x42, 10, 0, 0, 2])), 1450));
    assert_eq!(outside.find("eth0").await.unwrap(), None);
    assert_eq!(outside.list().await.unwrap().len(), 2, "lo and our end");
}

#[tokio::test]
async fn a_name_that_is_taken_is_named_with_its_place() {
    let (host, container) = (netns(), netns());
    let outside = link(&host);
    create(&host, &spec(&container)).unwrap();

    let said = line(create(&host, &spec(&container)));
    assert_eq!(said, "cannot create interface cw0123456789ab in this host's network namespace: it exists");

    let other = VethSpec { host_name: "cwother".to_owned(), ..spec(&container) };
    let said = line(create(&host, &other));
    let place = container.path();
    assert_eq!(said, format!("cannot create interface eth0 in {}: it exists", place.display()));
    assert_eq!(outside.find("cwother").await.unwrap(), None);
}

#[tokio::test]
async fn both_ends_go_together_and_may_go_twice() {
    let (host, container) = (netns(), netns());
    let outside = link(&host);
    create(&host, &spec(&container)).unwrap();
    outside.delete("cw0123456789ab").await.unwrap();
    outside.delete("cw0123456789ab").await.unwrap();
    assert_eq!(link(&container).find("eth0").await.unwrap(), None);
}

#[tokio::test]
async fn addresses_and_routes_may_be_added_twice() {
    let (host, container) = (netns(), netns());
    let (outside, inside) = (link(&host), link(&container));
    create(&host, &spec(&container)).unwrap();
    outside.set_up("cw0123456789ab").await.unwrap();
    inside.set_up("eth0").await.unwrap();
    let (addr, gateway) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1));
    for _ in 0..2 {
        inside.add_address("eth0", addr, 24).await.unwrap();
        inside.add_route("0.0.0.0/0".parse().unwrap(), Some(gateway), "eth0").await.unwrap();
        inside.add_route("10.9.0.0/16".parse().unwrap(), None, "eth0").await.unwrap();
    }
    let shown = ip(&container, "-4 route show").unwrap();
    for route in ["default via 10.0.0.1 dev eth0", "10.9.0.0/16 dev eth0", "10.0.0.0/24 dev eth0"] {
        assert_eq!(shown.matches(route).count(), 1, "{shown}");
    }
    let routes = inside.routes().await.unwrap();
    assert!(routes.iter().any(|r| r.dest.prefix_len() == 0 && r.via == Some(gateway)), "{routes:?}");
    let addresses = inside.addresses().await.unwrap();
    assert!(addresses.iter().any(|a| a.net.to_string() == "10.0.0.2/24" && a.global), "{addresses:?}");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let host = netns();
    let place = host.path();
    let want = format!("there is no interface nope in {}", place.display());
    assert_eq!(line(link(&host).set_up("nope").await), want);
    assert_eq!(line(link(&host).add_address("nope", Ipv4Addr::LOCALHOST, 8).await), want);
}

#[tokio::test]
async fn ipv6_can_be_turned_off() {
    let host = netns();
    ip(&host, "link add with type veth peer name without").unwrap();
    for scope in ["all", "with", "without"] {
        let switch = format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6");
        host.run(|| std::fs::write(&switch, "0")).unwrap().unwrap();
    }
    disable_ipv6(&host.path(), "without").unwrap();
    for name in ["with", "without"] {
        ip(&host, &format!("link set {name} up")).unwrap();
    }
    assert!(ip(&host, "-6 address show dev with").unwrap().contains("fe80::"));
    assert!(!ip(&host, "-6 address show dev without").unwrap().contains("fe80::"));
    let said = line(disable_ipv6(&host.path(), "nope"));
    assert!(said.starts_with("cannot turn IPv6 off on interface nope in /run/netns/hC-"), "{said}");
}

const KINDS: [&str; 4] = ["udp-", "udp_tnl-", "gre-csum-", "ipxip4-"];

#[tokio::test]
async fn datagrams_and_tunnels_leave_cut_and_streams_as_before() {
    let (host, container) = (netns(), netns());
    create(&host, &spec(&container)).unwrap();
    let features = || words(&container, "ethtool", "-k eth0").unwrap();
    for kind in KINDS {
        assert!(features().contains(&format!("tx-{kind}segmentation: on")), "the kernel has {kind} on");
    }
    segment_datagrams(&container.path(), "eth0").unwrap();
    segment_datagrams(&container.path(), "eth0").unwrap();
    for kind in KINDS {
        assert!(features().contains(&format!("tx-{kind}segmentation: off")), "{kind}");
    }
    assert!(features().contains("tx-tcp-segmentation: on"));
    let said = line(segment_datagrams(&container.path(), "eth7"));
    assert!(said.starts_with("cannot turn UDP segmentation off on interface eth7 in "), "{said}");
}
