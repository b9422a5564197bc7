//! What Docker takes is taken, with the same meaning; what it refuses is refused.

use super::*;
use crate::model::PortMode;

const fn port(published: Option<u16>, target: u16, protocol: Protocol, mode: PortMode) -> ServicePublish {
    ServicePublish { published, target, protocol, mode }
}

const fn tcp(published: Option<u16>, target: u16) -> ServicePublish {
    port(published, target, Protocol::Tcp, PortMode::Ingress)
}

#[test]
fn every_form_of_docker_is_read() {
    let udp = |published, target| port(published, target, Protocol::Udp, PortMode::Ingress);
    let host = |published, target| port(published, target, Protocol::Tcp, PortMode::Host);
    let rows = [
        ("80", vec![tcp(None, 80)]),
        ("80/udp", vec![udp(None, 80)]),
        ("0:80", vec![tcp(None, 80)]),
        ("8080:80", vec![tcp(Some(8080), 80)]),
        ("8080:80/TCP", vec![tcp(Some(8080), 80)]),
        ("8000-8001:80-81", vec![tcp(Some(8000), 80), tcp(Some(8001), 81)]),
        ("8000-8001:80/udp", vec![udp(Some(8000), 80), udp(Some(8001), 80)]),
        ("80-81", vec![tcp(None, 80), tcp(None, 81)]),
        ("target=80", vec![tcp(None, 80)]),
        ("target=80,published=8080", vec![tcp(Some(8080), 80)]),
        ("8080,target=80", vec![tcp(Some(8080), 80)]),
        ("published=8080,target=80,mode=host", vec![host(Some(8080), 80)]),
        ("published=0,target=80,mode=ingress,protocol=tcp", vec![tcp(None, 80)]),
        ("target=53,protocol=UDP,published=53", vec![udp(Some(53), 53)]),
        ("target=80,target=81", vec![tcp(None, 81)]),
    ];
    for (text, expected) in rows {
        assert_eq!(ports(text), Ok(Ports(expected)), "{text}");
    }
}

#[test]
fn what_docker_refuses_is_refused_by_name() {
    for (text, named) in [
        ("", "missing"),
        ("127.0.0.1:8080:80", "127.0.0.1"),
        ("[::1]:8080:80", "IPv6"),
        ("8080:80/sctp", "SCTP"),
        ("target=80,protocol=sctp", "SCTP"),
        ("target=80,protocol=icmp", "'icmp'"),
        ("published=8080", "target=PORT"),
        ("8080,", "''"),
        (",target=80", "''"),
        ("target=80,8080", "'8080'"),
        ("target=0", "'0'"),
        ("target=80-81", "several"),
        ("published=8080-8081,target=80", "several"),
        ("target=80,mode=vip", "'vip'"),
        ("target=80,source=10.0.0.0/8", "'source'"),
        ("8000-8002:80-81", "80-81 and 8000-8002"),
        ("65536", "'65536'"),
    ] {
        let read = ports(text);
        assert!(read.as_ref().is_err_and(|e| e.contains(named)), "{text}: {read:?}");
    }
}

#[test]
fn what_is_published_no_more_is_named_by_the_backends_port() {
    assert_eq!(target("80"), Ok(Target { port: 80, protocol: Protocol::Tcp }));
    assert_eq!(target("53/udp"), Ok(Target { port: 53, protocol: Protocol::Udp }));
    for text in ["", "8080:80", "80-81", "80/sctp", "0"] {
        assert!(target(text).is_err(), "{text}");
    }
}
