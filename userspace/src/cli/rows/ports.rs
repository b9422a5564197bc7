//! The ports of a container in one line, as `docker ps` writes them.
//!
//! Neighbours are drawn together: `0.0.0.0:10000-20000->10000-20000/udp`. Docker does so only where
//! host and container have the same numbers; here it is enough that they count up together.

use std::{collections::BTreeMap, net::IpAddr};

use crate::api::types::PortBinding;

/// `NetworkSettings.Ports`.
type Ports = BTreeMap<String, Option<Vec<PortBinding>>>;

/// Ports in a row of one protocol, published side by side on one address, or not at all.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group<'p> {
    first: u16,
    host: Option<(IpAddr, u16)>,
    protocol: &'p str,
    /// The last less the first.
    more: u16,
}

/// Each group as `ADDRESS:HOST->PORT/PROTOCOL`, or `PORT/PROTOCOL` where it is only exposed; by the
/// container's ports.
pub(super) fn groups(ports: &Ports) -> Vec<String> {
    let mut single: Vec<Group<'_>> = ports.iter().flat_map(|(port, hosts)| of_port(port, hosts)).collect();
    single.sort_by_key(|port| (port.protocol, port.address(), port.shift(), port.first));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for port in single {
        match groups.last_mut() {
            Some(last) if last.goes_on_with(&port) => last.more += 1,
            _ => groups.push(port),
        }
    }
    groups.sort();
    groups.iter().map(Group::written).collect()
}

/// What `PORT/PROTOCOL` leads to; nothing where that is not what the key says.
fn of_port<'p>(key: &'p str, hosts: &Option<Vec<PortBinding>>) -> Vec<Group<'p>> {
    let Some((port, protocol)) = key.split_once('/') else { return Vec::new() };
    let Ok(first) = port.parse() else { return Vec::new() };
    let group = |host| Group { first, host, protocol, more: 0 };
    match hosts {
        None => vec![group(None)],
        Some(hosts) => hosts.iter().filter_map(read).map(|host| group(Some(host))).collect(),
    }
}

fn read(binding: &PortBinding) -> Option<(IpAddr, u16)> {
    Some((binding.host_ip.parse().ok()?, binding.host_port.parse().ok()?))
}

impl Group<'_> {
    fn address(&self) -> Option<IpAddr> {
        self.host.map(|(address, _)| address)
    }

    /// How far the host's port is from the container's: the same for neighbours.
    fn shift(&self) -> Option<i32> {
        self.host.map(|(_, port)| i32::from(port) - i32::from(self.first))
    }

    /// Whether `next` is its neighbour on both sides.
    fn goes_on_with(&self, next: &Group<'_>) -> bool {
        let after = |port: u16| port.checked_add(self.more).and_then(|last| last.checked_add(1));
        let host = self.host.map(|(address, port)| (address, after(port)));
        self.protocol == next.protocol
            && after(self.first) == Some(next.first)
            && host == next.host.map(|(address, port)| (address, Some(port)))
    }

    fn written(&self) -> String {
        let ports = |first: u16| match self.more {
            0 => first.to_string(),
            more => format!("{first}-{}", first.saturating_add(more)),
        };
        let container = format!("{}/{}", ports(self.first), self.protocol);
        match self.host {
            None => container,
            Some((IpAddr::V4(address), port)) => format!("{address}:{}->{container}", ports(port)),
            Some((IpAddr::V6(address), port)) => format!("[{address}]:{}->{container}", ports(port)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rows: &[(&str, &[(&str, u16)])]) -> Vec<String> {
        let binding =
            |&(ip, port): &(&str, u16)| PortBinding { host_ip: ip.to_owned(), host_port: port.to_string() };
        let hosts = |hosts: &[(&str, u16)]| (!hosts.is_empty()).then(|| hosts.iter().map(binding).collect());
        groups(&rows.iter().map(|(port, of)| ((*port).to_owned(), hosts(of))).collect())
    }

    #[test]
    fn single_ports_are_written_as_docker_does() {
        assert_eq!(shown(&[("80/tcp", &[("0.0.0.0", 8080)])]), ["0.0.0.0:8080->80/tcp"]);
        assert_eq!(shown(&[("80/tcp", &[("::1", 8080)])]), ["[::1]:8080->80/tcp"]);
        assert_eq!(shown(&[("80/tcp", &[])]), ["80/tcp"]);
        assert_eq!(
            shown(&[("80/tcp", &[("127.0.0.1", 8080), ("0.0.0.0", 9090)])]),
            ["0.0.0.0:9090->80/tcp", "127.0.0.1:8080->80/tcp"]
        );
    }

    #[test]
    fn a_range_is_one_group_however_long() {
        let keys: Vec<(String, [(&str, u16); 1])> =
            (10_000..=20_000).map(|port| (format!("{port}/udp"), [("0.0.0.0", port)])).collect();
        let rows: Vec<(&str, &[(&str, u16)])> = keys.iter().map(|(k, h)| (k.as_str(), &h[..])).collect();
        assert_eq!(shown(&rows), ["0.0.0.0:10000-20000->10000-20000/udp"]);
    }

    #[test]
    fn only_neighbours_on_both_sides_are_drawn_together() {
        let any = |port| [("0.0.0.0", port)];
        assert_eq!(
            shown(&[
                ("79/tcp", &[]),
                ("80/tcp", &any(8000)),
                ("81/tcp", &any(8001)),
                ("82/tcp", &any(8003)),
                ("82/udp", &any(8002)),
                ("83/tcp", &[("127.0.0.1", 8004)]),
                ("84/tcp", &[]),
                ("85/tcp", &[]),
                ("100/tcp", &any(9)),
            ]),
            [
                "79/tcp",
                "0.0.0.0:8000-8001->80-81/tcp",
                "0.0.0.0:8002->82/udp",
                "0.0.0.0:8003->82/tcp",
                "127.0.0.1:8004->83/tcp",
                "84-85/tcp",
                "0.0.0.0:9->100/tcp",
            ]
        );
    }

    #[test]
    fn ranges_to_the_same_ports_stay_apart() {
        assert_eq!(
            shown(&[
                ("80/tcp", &[("0.0.0.0", 8000), ("0.0.0.0", 9000)]),
                ("81/tcp", &[("0.0.0.0", 8001), ("0.0.0.0", 9001)]),
            ]),
            ["0.0.0.0:8000-8001->80-81/tcp", "0.0.0.0:9000-9001->80-81/tcp"]
        );
    }

    #[test]
    fn the_last_port_has_no_neighbour() {
        assert_eq!(
            shown(&[("65535/tcp", &[("0.0.0.0", 1)]), ("65534/tcp", &[("0.0.0.0", 65535)])]),
            ["0.0.0.0:65535->65534/tcp", "0.0.0.0:1->65535/tcp"]
        );
    }
}
