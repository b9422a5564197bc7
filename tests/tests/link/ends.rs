//! The two ends of a pair: made ready, and taken away.

use std::net::Ipv4Addr;

use causeway::{
    link::{Inside, VethSpec, delete_outside, set_up_outside, take_frames},
    model::Mac,
};
use causeway_lab::{
    Netns,
    ip::{ip, words},
};
use nix::net::if_::if_nametoindex;

use super::scratch::{line, link, netns};

const NAME: &str = "cw0123456789ab";

/// A pair between two namespaces; index of the host's end.
fn pair(host: &Netns, container: &Netns) -> u32 {
    let spec = VethSpec {
        host_name: NAME.to_owned(),
        container_netns: container.path(),
        container_name: "eth0".to_owned(),
        container_mac: Mac([2, 0x42, 10, 0, 0, 2]),
        mtu: 1450,
        group: 4097,
    };
    host.run(|| spec.create()).unwrap().unwrap()
}

fn inside(container: &Netns) -> Inside {
    Inside {
        netns: container.path(),
        ifname: "eth0".to_owned(),
        addr: Ipv4Addr::new(10, 0, 0, 2),
        prefix_len: 24,
        routes: vec!["10.1.0.0/24".parse().unwrap(), "0.0.0.0/0".parse().unwrap()],
        gateway: Ipv4Addr::new(10, 0, 0, 1),
    }
}

#[tokio::test]
async fn both_ends_are_set_up_with_address_and_routes() {
    let (host, container) = (netns(), netns());
    let ifindex = pair(&host, &container);
    inside(&container).set_up().unwrap();
    host.run(|| set_up_outside(NAME, ifindex, "whose it is")).unwrap().unwrap();

    let shown = |what: &str| ip(&container, what).unwrap();
    assert!(shown("-o -4 address show dev eth0").contains("10.0.0.2/24"));
    let routes = shown("route");
    assert!(
        routes.contains("default via 10.0.0.1") && routes.contains("10.1.0.0/24 via 10.0.0.1"),
        "{routes}"
    );
    assert!(shown("-o link show dev eth0").contains("LOWER_UP"), "both ends are up");
    assert!(!shown("-o -6 address").contains("fe80"));
    let outside = ip(&host, &format!("-o link show dev {NAME}")).unwrap();
    assert!(outside.contains("alias whose it is"), "{outside}");
    let lo = shown("-o link show dev lo");
    assert!(lo.contains("UP"), "{lo}");
}

#[tokio::test]
async fn a_containers_end_takes_frames_and_is_told_again_where_it_does_not() {
    let (host, container) = (netns(), netns());
    let ifindex = pair(&host, &container);
    inside(&container).set_up().unwrap();
    host.run(|| set_up_outside(NAME, ifindex, "mine")).unwrap().unwrap();
    let outside = link(&host);
    let takes = || host.run(|| outside.takes_frames(ifindex)).unwrap().unwrap();
    assert!(takes(), "as it was set up");
    words(&container, "ethtool", "-K eth0 gro off").unwrap();
    assert!(!takes(), "where somebody has turned GRO off");
    assert!(take_frames(&container.path(), "eth0").unwrap(), "the kernel has ethtool's family");
    assert!(takes(), "told again");
    let said = line(take_frames(&container.path(), "nope"));
    assert!(said.starts_with("cannot turn GRO on on interface nope"), "{said}");
}

#[tokio::test]
async fn routes_that_went_are_added_again_and_those_that_are_there_stay() {
    let (host, container) = (netns(), netns());
    pair(&host, &container);
    inside(&container).set_up().unwrap();
    ip(&container, "route del default").unwrap();
    inside(&container).route().unwrap();
    assert!(ip(&container, "route").unwrap().contains("default via 10.0.0.1"));
}

#[tokio::test]
async fn an_interface_that_is_missing_is_named() {
    let container = netns();
    let said = line(inside(&container).set_up());
    assert!(said.contains("eth0") && said.contains(container.name()), "{said}");
}

#[tokio::test]
async fn a_pair_that_is_deleted_is_gone_for_whoever_looks_and_may_be_made_again() {
    let (host, container) = (netns(), netns());
    for _ in 0..3 {
        pair(&host, &container);
        host.run(|| delete_outside(NAME, ())).unwrap().unwrap();
        let is_here = |netns: &Netns, name: &str| netns.run(|| if_nametoindex(name).is_ok()).unwrap();
        assert!(!is_here(&host, NAME) && !is_here(&container, "eth0"));
    }
    host.run(|| delete_outside(NAME, ())).unwrap().unwrap();
}
