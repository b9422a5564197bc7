//! What Docker takes is taken, with the same meaning; what it refuses is refused.

use proptest::prelude::*;

use super::*;
use crate::model::Protocol;

const ANY: Option<Ipv4Addr> = None;
const LOOPBACK: Option<Ipv4Addr> = Some(Ipv4Addr::LOCALHOST);

const fn range(first: u16, last: u16) -> PortRange {
    PortRange { first, last }
}

const fn one(port: u16) -> PortRange {
    PortRange::one(port)
}

#[test]
fn every_form_of_docker_is_read() {
    let rows = [
        ("80", ANY, None, one(80), Protocol::Tcp),
        ("80/udp", ANY, None, one(80), Protocol::Udp),
        ("80-90", ANY, None, range(80, 90), Protocol::Tcp),
        (":80", ANY, None, one(80), Protocol::Tcp),
        ("0:80", ANY, None, one(80), Protocol::Tcp),
        ("::80", ANY, None, one(80), Protocol::Tcp),
        ("8080:80", ANY, Some(one(8080)), one(80), Protocol::Tcp),
        ("8080:80/TCP", ANY, Some(one(8080)), one(80), Protocol::Tcp),
        ("8080:80/", ANY, Some(one(8080)), one(80), Protocol::Tcp),
        ("127.0.0.1:8080:80", LOOPBACK, Some(one(8080)), one(80), Protocol::Tcp),
        ("127.0.0.1::80/udp", LOOPBACK, None, one(80), Protocol::Udp),
        ("127.0.0.1:0:80", LOOPBACK, None, one(80), Protocol::Tcp),
        ("0.0.0.0:8080:80", Some(Ipv4Addr::UNSPECIFIED), Some(one(8080)), one(80), Protocol::Tcp),
        ("8000-8010:80", ANY, Some(range(8000, 8010)), one(80), Protocol::Tcp),
        ("10000-20000:10000-20000/udp", ANY, Some(range(10000, 20000)), range(10000, 20000), Protocol::Udp),
        ("127.0.0.1:8000-8001:80-81", LOOPBACK, Some(range(8000, 8001)), range(80, 81), Protocol::Tcp),
        ("1-65535:1-65535", ANY, Some(range(1, 65535)), range(1, 65535), Protocol::Tcp),
    ];
    for (text, host_ip, host, container, protocol) in rows {
        let expected = PublishRequest { host_ip, host, container, protocol, sources: Vec::new() };
        assert_eq!(publish(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_docker_refuses_is_refused_by_name() {
    for (text, named) in [
        ("", "missing"),
        (":", "missing"),
        ("8080:", "missing"),
        ("127.0.0.1:8080:", "missing"),
        ("/tcp", "missing"),
        ("0", "'0'"),
        ("8080:0", "'0'"),
        ("8080:80-0", "'0'"),
        ("0-9:80", "'0'"),
        ("8080:65536", "'65536'"),
        ("70000:80", "'70000'"),
        ("a:80", "'a'"),
        ("-1:80", "''"),
        ("8081-8080:80", "ends before it begins"),
        ("8000-8001:80-82", "80-82 and 8000-8001"),
        ("8000:80-82", "80-82 and 8000"),
        ("8080:80/sctp", "SCTP"),
        ("8080:80/icmp", "'icmp'"),
        ("localhost:8080:80", "'localhost'"),
        ("127.0.0:8080:80", "'127.0.0'"),
        ("[::1]:8080:80", "IPv6"),
        ("::1:8080:80", "IPv6"),
        ("[fe80::1]::80", "IPv6"),
        ("1:2:3:4", "'1:2'"),
        ("published=8080,target=80", "'published=8080,target=80'"),
    ] {
        let read = publish(text);
        assert!(read.as_ref().is_err_and(|e| e.contains(named)), "{text}: {read:?}");
    }
}

prop_compose! {
    fn ports()(first in 1_u16.., second in 1_u16..) -> PortRange {
        range(first.min(second), first.max(second))
    }
}

prop_compose! {
    /// As many ports as `container` has, where there is room for them.
    fn as_many_as(container: PortRange)(first in 1..=u16::MAX - (container.last - container.first)) -> PortRange {
        range(first, first + (container.last - container.first))
    }
}

/// All that can be meant.
fn meant() -> impl Strategy<Value = PublishRequest> {
    let pairs = prop_oneof![
        ports().prop_map(|container| (None, container)),
        (ports(), 1_u16..).prop_map(|(host, port)| (Some(host), one(port))),
        ports().prop_flat_map(|container| (as_many_as(container).prop_map(Some), Just(container))),
    ];
    let address = proptest::option::of(any::<u32>().prop_map(Ipv4Addr::from_bits));
    let protocol = prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp)];
    (address, pairs, protocol).prop_map(|(host_ip, (host, container), protocol)| PublishRequest {
        host_ip,
        host,
        container,
        protocol,
        sources: Vec::new(),
    })
}

fn written(request: &PublishRequest) -> String {
    let PublishRequest { host_ip, host, container, protocol, .. } = request;
    let address = host_ip.map(|address| format!("{address}:")).unwrap_or_default();
    let host = host.map(|host| host.to_string()).unwrap_or_default();
    format!("{address}{host}:{container}/{protocol}")
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was_meant(request in meant()) {
        prop_assert_eq!(publish(&written(&request)), Ok(request));
    }

    #[test]
    fn whatever_is_read_can_be_meant(text in "[0-9a-z.:/\\[\\]-]{0,24}|[0-9]{1,3}(-[0-9]{1,3})?:[0-9]{1,3}(-[0-9]{1,3})?") {
        if let Ok(request) = publish(&text) {
            let count = request.container.count();
            prop_assert!(count.is_some());
            prop_assert!(request.host.is_none_or(|host| count == Some(1) || host.count() == count));
            prop_assert_eq!(publish(&written(&request)), Ok(request));
        }
    }
}
