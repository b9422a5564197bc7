//! Keys are written and read alike, and are in the parts that they say.

use std::net::Ipv4Addr;

use super::{Claim, Key, Part};
use crate::model::{Id, Protocol};

fn keys() -> Vec<Key> {
    let (id, other, addr) = (Id::random(), Id::random(), Ipv4Addr::new(10, 0, 9, 2));
    let name = "web.1".to_owned();
    let network = Part::Network(id.clone());
    let mut keys = vec![
        Key::Network(id.clone()),
        Key::Pool,
        Key::Node(id.clone()),
        Key::Live(id.clone()),
        Key::Service(id.clone()),
        Key::VipPool,
        Key::IngressPorts,
        Key::Container(id.clone(), other.clone()),
        Key::LocalPool(id.clone()),
        Key::Ports(id.clone()),
        Key::Cursor(id.clone()),
        Key::Endpoint(id.clone(), addr),
        Key::Applied(id.clone(), other.clone()),
        Key::Guard(network.clone(), other.clone()),
        Key::Guard(Part::Mesh, other.clone()),
        Key::Backend(network, id.clone(), other.clone()),
        Key::Backend(Part::Mesh, id.clone(), other),
    ];
    let claims = [
        Claim::NetworkName(name.clone()),
        Claim::LocalName(id, name.clone()),
        Claim::Vni(4097),
        Claim::ContainerName(name.clone()),
        Claim::NodeName(name.clone()),
        Claim::Vtep(addr),
        Claim::ServiceName(name),
        Claim::Vip(addr),
        Claim::Ingress(Protocol::Tcp, 80),
        Claim::Ingress(Protocol::Udp, 53),
        Claim::Published,
    ];
    keys.extend(claims.map(Key::from));
    keys
}

#[test]
fn every_key_reads_back() {
    for key in keys() {
        assert_eq!(Key::parse(&key.to_string()), Some(key));
    }
}

#[test]
fn a_key_begins_as_its_part_does() {
    for key in keys() {
        let text = key.to_string();
        match key.part() {
            Some(part) => assert!(text.starts_with(&part.prefix()) && part.prefix().ends_with('/'), "{text}"),
            None => assert!(text.starts_with("claims/"), "{text}"),
        }
    }
}

#[test]
fn keys_of_another_version_are_passed_over() {
    let id = "0".repeat(64);
    for text in [
        "",
        "cluster",
        "wonders/x",
        "cluster/wonders/x",
        "cluster/networks/short",
        "cluster/pool/x",
        "cluster/services/x",
        "cluster/vip-pool/x",
        "node/x/ports",
        "network/x/cursor",
        "mesh/backends/x",
        "mesh/endpoints/10.0.9.2",
        "claims/vnis/many",
        "claims/vips/x",
        "claims/ingress/80",
        "claims/ingress/icmp/8",
        "claims/ingress/tcp/many",
        "claims/published/x",
        "cluster/ingress-ports/x",
        // Other spellings of keys that there are.
        "cluster/pool/",
        "claims/published/",
        "claims/container-names",
        "claims/vnis/+4097",
        "claims/vnis/04097",
        "claims/ingress/tcp/080",
    ] {
        assert_eq!(Key::parse(text), None, "{text}");
    }
    for rest in ["cursor/x", "endpoints/x", "containers/x", "ports/x", "pool/x", "applied/x", "backends/x/y"]
    {
        for area in ["node", "network"] {
            assert_eq!(Key::parse(&format!("{area}/{id}/{rest}")), None, "{area} {rest}");
        }
    }
}
