//! Differences between what maps hold and what they should hold, in words.

use std::net::Ipv4Addr;

use causeway_common::{Ipv4, Settings};

use super::{Difference, Kind};
use crate::plan::{self, Step, Tables};

/// What has to be done to make `found` what it should be, as differences.
pub(in crate::daemon) fn differences(should: &Tables, found: &Tables) -> Vec<Difference> {
    plan::diff(should, found).iter().map(difference).collect()
}

/// The same where a daemon that starts finds the maps of an earlier one. There are none in maps that it has
/// just made, and its own count of starts is no difference.
pub(in crate::daemon) fn at_start(should: &Tables, found: &Tables) -> Vec<Difference> {
    let (Some(now), Some(then)) = (should.settings, found.settings) else { return Vec::new() };
    let settings = Some(Settings { generation: now.generation, ..then });
    differences(should, &Tables { settings, ..found.clone() })
}

fn difference(step: &Step) -> Difference {
    let missing = |kind, what: String| Difference::new(kind, format!("{what} was missing or another"));
    let too_much = |kind, what: String| Difference::new(kind, format!("{what} was there too much"));
    let (put, kind, what) = of_networks(step);
    if put { missing(kind, what) } else { too_much(kind, what) }
}

/// Whether an entry was put, of which kind it is, and which one it is.
type Words = (bool, Kind, String);

fn of_networks(step: &Step) -> Words {
    match step {
        Step::PutEndpoint(key, _) => (true, Kind::Endpoint, endpoint(key.vni, key.addr)),
        Step::DeleteEndpoint(key) => (false, Kind::Endpoint, endpoint(key.vni, key.addr)),
        Step::PutAttachment(index, _) => (true, Kind::Attachment, format!("attachment of interface {index}")),
        Step::DeleteAttachment(index) => {
            (false, Kind::Attachment, format!("attachment of interface {index}"))
        }
        Step::PutNode(index, _) => (true, Kind::Node, format!("node {index}")),
        Step::DeleteNode(index) => (false, Kind::Node, format!("node {index}")),
        Step::PutVtep(vtep, _) => (true, Kind::Vtep, named("VTEP", *vtep)),
        Step::DeleteVtep(vtep) => (false, Kind::Vtep, named("VTEP", *vtep)),
        Step::PutVni(vni, _) => (true, Kind::Vni, format!("VNI {vni}")),
        Step::DeleteVni(vni) => (false, Kind::Vni, format!("VNI {vni}")),
        other => of_the_host(other),
    }
}

fn of_the_host(step: &Step) -> Words {
    match step {
        Step::PutHostAddress(addr, _) => (true, Kind::HostAddress, named("the host's address", *addr)),
        Step::DeleteHostAddress(addr) => (false, Kind::HostAddress, named("the host's address", *addr)),
        Step::PutPublished(key, _) => (true, Kind::Published, port(key.port)),
        Step::DeletePublished(key) => (false, Kind::Published, port(key.port)),
        Step::PutSource(prefix) => (true, Kind::Source, named("source", prefix.addr)),
        Step::DeleteSource(prefix) => (false, Kind::Source, named("source", prefix.addr)),
        Step::PutNamespace(cookie, _) => (true, Kind::Namespace, format!("namespace {cookie}")),
        Step::DeleteNamespace(cookie) => (false, Kind::Namespace, format!("namespace {cookie}")),
        Step::PutMember(key, addr) => {
            (true, Kind::Member, named(&format!("member of network {}", key.network), *addr))
        }
        Step::DeleteMember(key) => {
            (false, Kind::Member, format!("namespace {} in network {}", key.cookie, key.network))
        }
        other => of_services(other),
    }
}

fn of_services(step: &Step) -> Words {
    match step {
        Step::PutBackend(index, _) => (true, Kind::Backend, format!("backend {index}")),
        Step::DeleteBackend(index) => (false, Kind::Backend, format!("backend {index}")),
        Step::PutRing(first, _) => (true, Kind::Ring, format!("ring at {first}")),
        Step::PutService(vip, _) => (true, Kind::Service, named("service", *vip)),
        Step::DeleteService(vip) => (false, Kind::Service, named("service", *vip)),
        Step::PutIngress(key, _) => (true, Kind::Ingress, port(key.port)),
        Step::DeleteIngress(key) => (false, Kind::Ingress, port(key.port)),
        // Of those that are left there is one.
        _ => (true, Kind::Settings, "the node's settings".to_owned()),
    }
}

fn endpoint(vni: u32, addr: Ipv4) -> String {
    format!("endpoint {} of VNI {vni}", Ipv4Addr::from(addr))
}

fn named(what: &str, addr: Ipv4) -> String {
    format!("{what} {}", Ipv4Addr::from(addr))
}

fn port(port: [u8; 2]) -> String {
    format!("published port {}", u16::from_be_bytes(port))
}

#[cfg(test)]
mod tests {
    use causeway_common::{Endpoint, EndpointKeyV4};

    use super::*;

    fn tables(addrs: &[u8], generation: u32) -> Tables {
        let key = |last: &u8| EndpointKeyV4 { vni: 4097, addr: [10, 0, 0, *last] };
        Tables {
            endpoints_v4: addrs.iter().map(|last| (key(last), Endpoint::default())).collect(),
            settings: Some(Settings { generation, ..Settings::default() }),
            ..Tables::default()
        }
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_are_named() {
        let found = differences(&tables(&[1, 2], 1), &tables(&[2, 3], 1));
        let said: Vec<_> = found.iter().map(|d| (d.kind, d.what.as_str())).collect();
        let expected = [
            (Kind::Endpoint, "endpoint 10.0.0.1 of VNI 4097 was missing or another"),
            (Kind::Endpoint, "endpoint 10.0.0.3 of VNI 4097 was there too much"),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn a_start_alone_is_no_difference_and_maps_just_made_have_none() {
        assert_eq!(at_start(&tables(&[1], 2), &tables(&[1], 1)), []);
        assert_eq!(at_start(&tables(&[1], 2), &tables(&[], 1)).len(), 1);
        assert_eq!(at_start(&tables(&[1], 2), &Tables::default()), []);
    }
}
