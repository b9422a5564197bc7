//! What the host says: `r` resolv.conf, `p` reserved ports, `t` and `u` lists of TCP and UDP sockets, `k` locks, `s`
//! a process's stat, `g` its groups, `d` names of stored sockets, `l` names of links' pins, `n` netlink attributes
//! after two bytes that say which is looked for, `e` a netlink answer.

use std::net::IpAddr;

use causeway::{
    api::parse_groups,
    daemon::{find_holder, listening_in, read_name},
    dns::name_servers,
    kernel::{parse_link, parse_xdp_link},
    link::{generic_netlink, reserved_ports},
    model::Protocol,
    runtime::{ResolvConf, parse_start_time, resolv_conf, resolv_conf_with_resolver},
};

use crate::text;

/// Reads.
pub fn run(input: &[u8]) {
    match input {
        [b'n', low, high, attributes @ ..] => find(attributes, u16::from_ne_bytes([*low, *high])),
        [b'e', answer @ ..] => drop(generic_netlink::error_in(answer)),
        _ => texts(input),
    }
}

fn texts(input: &[u8]) {
    match text(input) {
        Some((b'r', file)) => name_service(file),
        Some((b'p', setting)) => ports(setting),
        Some((b't', list)) => drop(listening_in(list, Protocol::Tcp)),
        Some((b'u', list)) => drop(listening_in(list, Protocol::Udp)),
        Some((b'k', list)) => drop(find_holder(list, 7)),
        Some((b's', stat)) => drop(parse_start_time(stat)),
        Some((b'g', status)) => drop(parse_groups(status)),
        Some((b'd', name)) => stored(name),
        Some((b'l', name)) => pinned(name),
        _ => {}
    }
}

/// Number of either width are found, or not, without a step outside.
fn find(attributes: &[u8], kind: u16) {
    let short = generic_netlink::find::<u16>(attributes, kind);
    if generic_netlink::find::<u64>(attributes, kind).is_some() {
        assert!(short.is_some(), "eight bytes are there, but not two");
    }
}

/// A container's file names servers, none of which it cannot reach, and says the same when it is read again.
fn name_service(host: &str) {
    let wanted = ResolvConf::default();
    let file = resolv_conf(host, &wanted);
    let servers = name_servers(&file);
    assert!(!servers.is_empty() && servers.iter().all(|server| server.is_ipv4() && !server.is_loopback()));
    assert_eq!(resolv_conf(&file, &wanted), file);
    let own = resolv_conf_with_resolver(host, &wanted);
    assert_eq!(name_servers(&own), [IpAddr::from([127, 0, 0, 11])]);
    assert_eq!(resolv_conf_with_resolver(&own, &wanted), own);
}

/// The setting is written as it is read.
fn ports(setting: &str) {
    let ports = reserved_ports::parse(setting);
    assert_eq!(reserved_ports::parse(&reserved_ports::print(&ports)), ports);
}

fn stored(name: &str) {
    let Some((id, is_udp)) = read_name(name) else { return };
    assert_eq!(format!("dns-{}-{id}", if is_udp { "udp" } else { "tcp" }), name);
}

/// A pin that is taken for ours is called as ours are.
fn pinned(name: &str) {
    if let Some((hook, ifindex)) = parse_link(name) {
        assert_eq!(format!("{hook}-{ifindex}"), name);
    }
    if let Some((mode, ifindex)) = parse_xdp_link(name) {
        assert!(name.ends_with(&format!("{mode}-{ifindex}")), "{name}");
    }
}
