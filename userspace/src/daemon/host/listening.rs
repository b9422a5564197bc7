//! Ports that sockets of this host listen on, as the kernel lists them (`/proc/net/tcp`, proc(5)). To bind them
//! would not tell: what the dataplane answers on is refused to everybody.

use std::{collections::BTreeSet, fs};

use crate::model::Protocol;

/// The state of a TCP socket that listens, and of a UDP socket that is connected to nobody.
const fn waits(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "0A",
        Protocol::Udp => "07",
    }
}

/// The ports on which sockets of this network namespace wait for somebody, on whichever address.
pub(in crate::daemon) fn listening() -> BTreeSet<(Protocol, u16)> {
    let lists = [(Protocol::Tcp, ["tcp", "tcp6"]), (Protocol::Udp, ["udp", "udp6"])];
    let of = |(protocol, names): (Protocol, [&str; 2])| {
        names
            .map(|name| listening_in(&read(name), protocol))
            .into_iter()
            .flatten()
            .map(move |p| (protocol, p))
    };
    lists.into_iter().flat_map(of).collect()
}

/// The ports that any UDP socket of this network namespace has, on whichever address, connected or not; none where
/// the kernel does not list them. A kernel without IPv6 has no second list.
pub(super) fn udp_ports() -> Option<BTreeSet<u16>> {
    let lists = [fs::read_to_string(path("udp")).ok()?, read("udp6")];
    Some(lists.iter().flat_map(|list| ports_in(list, |_| true)).collect())
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_default()
}

fn path(name: &str) -> String {
    format!("/proc/thread-self/net/{name}")
}

/// The ports of those sockets of a list, `/proc/net/tcp` or the like, that wait for somebody.
pub fn listening_in(list: &str, protocol: Protocol) -> Vec<u16> {
    ports_in(list, |state| state == waits(protocol))
}

/// The ports of those sockets of a list that are in one of these states.
fn ports_in(list: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<u16> {
    let port = |line: &str| {
        let mut words = line.split_whitespace();
        let (_, port) = words.nth(1)?.rsplit_once(':')?;
        is_wanted(words.nth(1)?).then(|| u16::from_str_radix(port, 16).ok()).flatten()
    };
    list.lines().skip(1).filter_map(port).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};

    use super::*;

    #[test]
    fn who_waits_is_listed_and_who_talks_is_not() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let talks = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap().local_addr().unwrap().port();
        let waits = UdpSocket::bind("[::1]:0").unwrap();
        let waiting = waits.local_addr().unwrap().port();
        let listed = listening();
        assert!(listed.contains(&(Protocol::Tcp, port)) && listed.contains(&(Protocol::Udp, waiting)));
        assert!(!listed.contains(&(Protocol::Tcp, talks)));
    }
}
