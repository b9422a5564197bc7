//! `-p [hostIP:][hostPort[-end]:]ctrPort[-end][/tcp|udp]`, as Docker reads it.
//!
//! ```text
//! 8080:80                        host port 8080 leads to the container's port 80, tcp
//! 80, 0:80, 127.0.0.1::80        to port 80, from a host port that the daemon chooses
//! 10000-20000:10000-20000/udp    as many pairs, in order
//! 8000-8010:80                   to port 80, from any one of 8000 to 8010 that is free
//! ```

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{port_range::port_range, protocol};
use crate::api::types::{PortRange, PublishRequest};

/// Reads one of them. Who may reach it is not said here.
pub fn publish(text: &str) -> Result<PublishRequest, String> {
    let (address, host, container) = parts(text);
    let (container, protocol) = protocol::split(container)?;
    let container = container_ports(container)?;
    let host = host_ports(host)?;
    check_lengths(host, container)?;
    Ok(PublishRequest { host_ip: host_ip(address)?, host, container, protocol, sources: Vec::new() })
}

/// Address, host's ports and container's ports; an address may hold colons itself.
fn parts(text: &str) -> (&str, &str, &str) {
    let (before, container) = text.rsplit_once(':').unwrap_or(("", text));
    let (address, host) = before.rsplit_once(':').unwrap_or(("", before));
    (address, host, container)
}

fn host_ip(text: &str) -> Result<Option<Ipv4Addr>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    if bare.parse::<Ipv6Addr>().is_ok() {
        return Err(format!("IPv6 host addresses are not supported: '{text}'; publish on an IPv4 address"));
    }
    text.parse().map(Some).map_err(|_| format!("'{text}' is no address of the host"))
}

fn container_ports(text: &str) -> Result<PortRange, String> {
    if text.is_empty() {
        return Err("the container's port is missing: write [[IP:]HOST_PORT:]CONTAINER_PORT".to_owned());
    }
    port_range(text)
}

/// None where the daemon is to choose.
fn host_ports(text: &str) -> Result<Option<PortRange>, String> {
    let chosen = text.bytes().all(|digit| digit == b'0');
    if chosen { Ok(None) } else { port_range(text).map(Some) }
}

fn check_lengths(host: Option<PortRange>, container: PortRange) -> Result<(), String> {
    match host {
        Some(host) if container.count() != Some(1) && host.count() != container.count() => Err(format!(
            "invalid ranges specified for container and host ports: {container} and {host}; make them as long \
             as each other"
        )),
        _ => Ok(()),
    }
}
