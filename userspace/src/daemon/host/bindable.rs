//! Which ports of the host are free: asked by binding them, but for those that are seen to be.

use std::{
    collections::BTreeSet,
    fmt, io,
    net::{Ipv4Addr, TcpListener, UdpSocket},
    sync::LazyLock,
};

use super::listening::udp_ports;
use crate::{
    desired::{HostPorts, PortUse},
    link::{LinkError, LocalPorts, local_ports},
    model::Protocol,
};

/// The host's settings on which a choice of ports depends.
pub(in crate::daemon) struct Choice {
    ports: LocalPorts,
    seed: u32,
    used: Box<Used>,
}

type Used = dyn Fn(Ipv4Addr, Protocol, u16) -> PortUse + Send + Sync;

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice").field("ports", &self.ports).finish_non_exhaustive()
    }
}

impl Choice {
    /// Reads the settings.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(in crate::daemon) fn read() -> Result<Self, LinkError> {
        // Most decisions ask for no port.
        let udp = LazyLock::new(udp_ports);
        let used = move |addr, protocol, port| seen_or_used(udp.as_ref(), addr, protocol, port);
        Ok(Self { ports: local_ports()?, seed: rand::random(), used: Box::new(used) })
    }

    /// For a decision.
    pub(in crate::daemon) fn host_ports(&self) -> HostPorts<'_> {
        HostPorts {
            chosen_from: self.ports.range,
            reserved: &self.ports.reserved,
            seed: self.seed,
            used: &*self.used,
        }
    }
}

/// A port that no socket has for UDP, whichever its address, needs no socket to ask: of ten thousand ports that
/// takes most of the time. The kernel lists no TCP socket that is bound and does not listen.
fn seen_or_used(udp: Option<&BTreeSet<u16>>, addr: Ipv4Addr, protocol: Protocol, port: u16) -> PortUse {
    let is_seen = udp.is_some_and(|taken| !taken.contains(&port));
    if protocol == Protocol::Udp && addr.is_unspecified() && is_seen {
        return PortUse::Free;
    }
    used(addr, protocol, port)
}

/// Whether a socket of the host could have the port now.
fn used(addr: Ipv4Addr, protocol: Protocol, port: u16) -> PortUse {
    let bound = match protocol {
        Protocol::Tcp => TcpListener::bind((addr, port)).map(drop),
        Protocol::Udp => UdpSocket::bind((addr, port)).map(drop),
    };
    match bound.map_err(|error| error.kind()) {
        Err(io::ErrorKind::AddrInUse) => PortUse::Taken,
        Err(io::ErrorKind::AddrNotAvailable) => PortUse::NoSuchAddress,
        // Whatever else keeps it from being bound is not another's socket.
        _ => PortUse::Free,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_port_that_any_socket_has_is_not_seen_to_be_free() {
        let holders = [UdpSocket::bind("127.0.0.2:0").unwrap(), UdpSocket::bind("[::]:0").unwrap()];
        let talks = UdpSocket::bind("127.0.0.1:0").unwrap();
        talks.connect("127.0.0.1:9").unwrap();
        let choice = Choice::read().unwrap();
        for holder in holders.iter().chain([&talks]) {
            let port = holder.local_addr().unwrap().port();
            assert_eq!(
                (choice.used)(Ipv4Addr::UNSPECIFIED, Protocol::Udp, port),
                PortUse::Taken,
                "{holder:?}"
            );
        }
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!((choice.used)(Ipv4Addr::UNSPECIFIED, Protocol::Udp, port), PortUse::Free);
    }

    #[test]
    fn a_port_is_taken_per_protocol_and_address() {
        let here = Ipv4Addr::LOCALHOST;
        let holder = TcpListener::bind((here, 0)).unwrap();
        let port = holder.local_addr().unwrap().port();
        assert_eq!(used(here, Protocol::Tcp, port), PortUse::Taken);
        assert_eq!(used(Ipv4Addr::UNSPECIFIED, Protocol::Tcp, port), PortUse::Taken);
        assert_eq!(used(here, Protocol::Udp, port), PortUse::Free);
        assert_eq!(used(Ipv4Addr::new(127, 0, 0, 2), Protocol::Tcp, port), PortUse::Free);
        drop(holder);
        assert_eq!(used(here, Protocol::Tcp, port), PortUse::Free);
        assert_eq!(used(Ipv4Addr::new(192, 0, 2, 77), Protocol::Tcp, port), PortUse::NoSuchAddress);
    }
}
