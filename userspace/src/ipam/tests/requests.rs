//! From flags to subnets.

use super::{Refusal, addr, network, request};
use crate::ipam::parse_cidr;

/// Subnet, range (or "") and gateway of each.
fn shape(flags: &[&str]) -> Vec<(String, String, String)> {
    let subnets = request(flags, &[], &[]).unwrap();
    let range = |s: &crate::model::Subnet| s.ip_range.map(|r| r.to_string()).unwrap_or_default();
    subnets.iter().map(|s| (s.cidr.to_string(), range(s), s.gateway.to_string())).collect()
}

fn one(subnet: &str, range: &str, gateway: &str) -> Vec<(String, String, String)> {
    vec![(subnet.to_owned(), range.to_owned(), gateway.to_owned())]
}

#[test]
fn without_flags_the_pools_first_subnet_is_taken() {
    assert_eq!(shape(&[]), one("10.0.1.0/24", "", "10.0.1.1"));
}

#[test]
fn a_chosen_subnet_avoids_networks_and_the_host() {
    let web = network("web", &["--subnet", "10.0.1.0/24"]);
    let chosen = |networks: &[_], avoid: &[&str]| request(&[], networks, avoid).unwrap()[0].cidr.to_string();
    assert_eq!(chosen(std::slice::from_ref(&web), &[]), "10.0.2.0/24");
    assert_eq!(chosen(&[web], &["10.0.2.53/32", "10.0.3.0/25", "0.0.0.0/0"]), "10.0.4.0/24");
}

#[test]
fn a_prefix_alone_asks_for_any_subnet_of_its_size() {
    assert_eq!(shape(&["--subnet", "0.0.0.0/16"]), one("10.1.0.0/16", "", "10.1.0.1"));
    let two = request(&["--subnet", "0.0.0.0/28", "--subnet", "0.0.0.0/28"], &[], &[]).unwrap();
    assert_eq!(two.iter().map(|s| s.cidr.to_string()).collect::<Vec<_>>(), ["10.0.1.0/28", "10.0.1.16/28"]);
    let too_large = request(&["--subnet", "0.0.0.0/7"], &[], &[]).unwrap_err().to_string();
    assert!(too_large.contains("prefix /7"), "{too_large}");
}

#[test]
fn ranges_gateways_and_auxiliaries_find_their_subnets() {
    let subnets = request(
        &[
            "--subnet",
            "192.168.0.0/16",
            "--subnet",
            "192.17.0.0/16", //
            "--gateway",
            "192.168.0.1",
            "--gateway",
            "192.17.0.1", //
            "--ip-range",
            "192.17.0.0/24", //
            "--aux-address",
            "a=192.168.1.5",
            "--aux-address",
            "b=192.168.1.6", //
            "--aux-address",
            "c=192.17.1.5",
            "--aux-address",
            "d=192.17.1.6",
        ],
        &[],
        &[],
    )
    .unwrap();
    assert_eq!(subnets[0].ip_range, None);
    assert_eq!(subnets[1].ip_range, Some("192.17.0.0/24".parse().unwrap()));
    assert_eq!((subnets[0].gateway, subnets[1].gateway), (addr("192.168.0.1"), addr("192.17.0.1")));
    assert_eq!(subnets[0].aux, [("a".into(), addr("192.168.1.5")), ("b".into(), addr("192.168.1.6"))].into());
    assert_eq!(subnets[1].aux, [("c".into(), addr("192.17.1.5")), ("d".into(), addr("192.17.1.6"))].into());
}

#[test]
fn the_default_gateway_is_the_first_free_address_of_the_range() {
    let range = ["--subnet", "10.5.0.0/16", "--ip-range", "10.5.7.0/24"];
    assert_eq!(shape(&range), one("10.5.0.0/16", "10.5.7.0/24", "10.5.7.0"));
    let aux = ["--subnet", "10.5.0.0/24", "--aux-address", "r=10.5.0.1"];
    assert_eq!(shape(&aux), one("10.5.0.0/24", "", "10.5.0.2"));
}

#[test]
fn the_smallest_subnets_that_hold_a_container() {
    assert_eq!(shape(&["--subnet", "10.5.0.0/31"]), one("10.5.0.0/31", "", "10.5.0.0"));
    assert_eq!(shape(&["--subnet", "10.5.0.0/30"]), one("10.5.0.0/30", "", "10.5.0.1"));
    for small in [
        &["--subnet", "10.5.0.0/32"][..],
        &["--subnet", "10.5.0.0/30", "--aux-address", "r=10.5.0.2"],
        &["--subnet", "10.5.0.0/24", "--ip-range", "10.5.0.4/32"],
        &["--subnet", "10.5.0.0/24", "--ip-range", "10.5.0.0/31"],
    ] {
        assert!(matches!(request(small, &[], &[]), Err(Refusal::TooSmall(_))), "{small:?}");
    }
    // The gateway outside the range leaves the range's one address.
    request(&["--subnet", "10.5.0.0/24", "--ip-range", "10.5.0.4/32", "--gateway", "10.5.0.1"], &[], &[])
        .unwrap();
}

/// What is refused, and the words that the sentence must have.
#[test]
fn bad_requests_are_refused_by_name() {
    let web = [network("web", &["--subnet", "10.20.0.0/16"])];
    let rows: &[(&[&str], &[&str])] = &[
        (&["--subnet", "10.20.3.0/24"], &["10.20.3.0/24", "overlaps", "10.20.0.0/16", "'web'"]),
        (&["--subnet", "10.0.0.0/8"], &["10.0.0.0/8", "overlaps", "'web'"]),
        (&["--subnet", "10.5.0.0/16", "--subnet", "10.5.1.0/24"], &["10.5.0.0/16", "10.5.1.0/24", "overlap"]),
        (&["--subnet", "10.5.0.7/24"], &["10.5.0.7/24", "should be 10.5.0.0/24"]),
        (&["--subnet", "127.0.0.0/24"], &["127.0.0.0/24", "loopback"]),
        (&["--subnet", "224.0.0.0/24"], &["224.0.0.0/24", "multicast"]),
        (&["--subnet", "128.0.0.0/1"], &["128.0.0.0/1", "multicast"]),
        (&["--subnet", "10.5.0.0/24", "--gateway", "10.6.0.1"], &["gateway 10.6.0.1", "none of"]),
        (&["--gateway", "10.6.0.1"], &["gateway 10.6.0.1", "--subnet"]),
        (
            &["--subnet", "10.5.0.0/24", "--gateway", "10.5.0.0"],
            &["gateway 10.5.0.0", "network or broadcast"],
        ),
        (&["--subnet", "10.5.0.0/24", "--gateway", "10.5.0.255"], &["gateway 10.5.0.255", "broadcast"]),
        (
            &["--subnet", "10.5.0.0/24", "--gateway", "10.5.0.1", "--gateway", "10.5.0.2"],
            &["10.5.0.0/24", "two gateways"],
        ),
        (&["--subnet", "10.5.0.0/24", "--ip-range", "10.6.0.0/25"], &["ip-range 10.6.0.0/25", "none of"]),
        (&["--subnet", "10.5.0.0/24", "--ip-range", "10.5.0.0/16"], &["ip-range 10.5.0.0/16", "none of"]),
        (&["--ip-range", "10.6.0.0/25"], &["ip-range 10.6.0.0/25", "--subnet"]),
        (&["--subnet", "10.5.0.0/24", "--ip-range", "10.5.0.3/25"], &["ip-range 10.5.0.3/25", "10.5.0.0/25"]),
        (
            &["--subnet", "10.5.0.0/24", "--ip-range", "10.5.0.0/25", "--ip-range", "10.5.0.128/25"],
            &["10.5.0.0/24", "two ip-ranges"],
        ),
        (&["--subnet", "10.5.0.0/24", "--aux-address", "r=10.6.0.5"], &["r=10.6.0.5", "none of"]),
        (
            &["--subnet", "10.5.0.0/24", "--gateway", "10.5.0.9", "--aux-address", "r=10.5.0.9"],
            &["r=10.5.0.9", "is the gateway"],
        ),
    ];
    for (flags, words) in rows {
        let refusal = request(flags, &web, &[]).unwrap_err().to_string();
        assert!(!refusal.contains('\n'), "{refusal}");
        for word in *words {
            assert!(refusal.contains(word), "{flags:?}: '{refusal}' lacks '{word}'");
        }
    }
}

#[test]
fn subnets_are_read_as_typed() {
    assert_eq!(parse_cidr("10.5.0.0/24"), Ok("10.5.0.0/24".parse().unwrap()));
    assert_eq!(parse_cidr("fd00::/64"), Err(Refusal::Ipv6("fd00::/64".to_owned())));
    for bad in ["", "10.5.0.0", "10.5.0.0/33", "ten/8"] {
        assert_eq!(parse_cidr(bad), Err(Refusal::NotCidr(bad.to_owned())));
    }
}
