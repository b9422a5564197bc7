//! Which ports of the host are free: asked by binding them.

use std::{
    io,
    net::{Ipv4Addr, TcpListener, UdpSocket},
};

use crate::{
    desired::{HostPorts, PortUse},
    link::{LinkError, LocalPorts, local_ports},
    model::Protocol,
};

/// The host's settings on which a choice of ports depends.
#[derive(Debug)]
pub(in crate::daemon) struct Choice {
    ports: LocalPorts,
    seed: u32,
}

impl Choice {
    /// Reads the settings.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(in crate::daemon) fn read() -> Result<Self, LinkError> {
        Ok(Self { ports: local_ports()?, seed: rand::random() })
    }

    /// For a decision.
    pub(in crate::daemon) fn host_ports(&self) -> HostPorts<'_> {
        HostPorts {
            chosen_from: self.ports.range,
            reserved: &self.ports.reserved,
            seed: self.seed,
            used: &used,
        }
    }
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
