//! `cw-host` and `cw-road`, and the ports that the host keeps its hands off.

use std::{collections::BTreeMap, fs, net::Ipv4Addr};

use causeway::link::{
    CW_HOST, CW_ROAD, HostRoute, ReservedPorts, free_ports, reserve_ports, unreserved_ports,
};
use causeway_lab::ip::ip;

use super::scratch::{inside, line, netns};

fn routes(all: &[(&str, [u8; 4])]) -> BTreeMap<ipnet::Ipv4Net, HostRoute> {
    let route = |source: [u8; 4]| HostRoute { source: Ipv4Addr::from(source), is_gateway: true, mtu: 1400 };
    all.iter().map(|(dest, gateway)| (dest.parse().unwrap(), route(*gateway))).collect()
}

#[test]
fn the_pair_is_made_once_and_ready() {
    let host = netns();
    inside(&host, async |link| {
        let pair = link.ensure_host_pair(1500).await.unwrap();
        assert_eq!(link.ensure_host_pair(9000).await.unwrap(), pair);
        for (name, index) in [(CW_HOST, pair.host), (CW_ROAD, pair.road)] {
            let end = link.find(name).await.unwrap().unwrap();
            assert_eq!((end.ifindex, end.mtu, end.up), (index, 9000, true), "{name}");
        }
    });
    let shown = ip(&host, "link show cw-host").unwrap();
    assert!(shown.contains("NOARP"), "{shown}");
    assert_eq!(ip(&host, "-6 address show dev cw-host").unwrap(), "");
    let forwarding = "/proc/sys/net/ipv4/conf/cw-host/forwarding";
    assert_eq!(host.run(|| fs::read_to_string(forwarding)).unwrap().unwrap(), "1\n");
    inside(&host, async |link| link.delete(CW_HOST).await.unwrap());
    assert_eq!(ip(&host, "-o link").unwrap().lines().count(), 1, "lo alone");
}

#[test]
fn addresses_and_routes_follow_what_is_wanted() {
    let host = netns();
    inside(&host, async |link| {
        link.ensure_host_pair(1500).await.unwrap();
        let two = routes(&[("172.17.0.0/16", [172, 17, 0, 1]), ("172.18.0.0/16", [172, 18, 0, 1])]);
        for wanted in [&two, &two] {
            link.set_host_routes(wanted).await.unwrap();
        }
        // Another gateway of a subnet that stays, and one more way to it.
        let other = routes(&[("172.18.0.0/16", [172, 18, 0, 9]), ("172.18.5.0/24", [172, 18, 0, 9])]);
        link.set_host_routes(&other).await.unwrap();
    });
    let shown = ip(&host, "-4 route show").unwrap();
    let lines: Vec<_> = shown.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "172.18.0.0/16 dev cw-host proto static scope link src 172.18.0.9 mtu 1400",
            "172.18.5.0/24 dev cw-host proto static scope link src 172.18.0.9 mtu 1400"
        ]
    );
    let addresses = ip(&host, "-o -4 address show dev cw-host").unwrap();
    assert!(addresses.contains("172.18.0.9/32") && addresses.lines().count() == 1, "{addresses}");
}

#[test]
fn the_pair_takes_the_largest_packets_of_its_routes_and_each_route_its_own() {
    let host = netns();
    inside(&host, async |link| {
        link.ensure_host_pair(1500).await.unwrap();
        let mut wanted = routes(&[("172.17.0.0/16", [172, 17, 0, 1]), ("172.18.0.0/16", [172, 18, 0, 1])]);
        for mtu in [9000, 1280] {
            wanted.values_mut().last().unwrap().mtu = mtu;
            link.set_host_routes(&wanted).await.unwrap();
            for name in [CW_HOST, CW_ROAD] {
                assert_eq!(link.find(name).await.unwrap().unwrap().mtu, 9000, "{name} stays raised");
            }
            let known = link.routes().await.unwrap();
            assert_eq!(known.iter().map(|route| route.mtu).collect::<Vec<_>>(), [Some(1400), Some(mtu)]);
        }
    });
}

#[test]
fn a_route_of_somebody_else_is_not_taken_from_him() {
    let host = netns();
    ip(&host, "link add other type veth peer name rehto").unwrap();
    ip(&host, "link set other up").unwrap();
    ip(&host, "route add 172.17.0.0/16 dev other").unwrap();
    inside(&host, async |link| {
        link.ensure_host_pair(1500).await.unwrap();
        let said = line(link.set_host_routes(&routes(&[("172.17.0.0/16", [172, 17, 0, 1])])).await);
        assert!(said.starts_with("cannot add route to 172.17.0.0/16 over interface cw-host"), "{said}");
    });
    assert!(ip(&host, "-4 route show").unwrap().contains("172.17.0.0/16 dev other"));
}

#[test]
fn reserved_ports_come_and_go_and_those_of_others_stay() {
    let host = netns();
    let setting = "/proc/sys/net/ipv4/ip_local_reserved_ports";
    host.run(|| {
        fs::write(setting, "8080,40005-40010").unwrap();
        let added = unreserved_ports(40_000..=60_999).unwrap();
        assert_eq!(fs::read_to_string(setting).unwrap(), "8080,40005-40010\n");
        reserve_ports(&added).unwrap();
        assert_eq!(fs::read_to_string(setting).unwrap(), "8080,40000-60999\n");
        assert_eq!(unreserved_ports(40_000..=60_999).unwrap(), ReservedPorts::default());
        free_ports(&added).unwrap();
        assert_eq!(fs::read_to_string(setting).unwrap(), "8080,40005-40010\n");
    })
    .unwrap();
}
