//! The resolver that Docker's engine has in each sandbox: at 127.0.0.11, at two ports of chance to which it has
//! netfilter lead what is asked at port 53. Our hooks lead the same questions to our resolver; so it is asked at
//! its own ports.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError},
};

use super::Road;
use crate::dns::DnsPorts;

/// Where it is in one namespace, as far as it was looked for.
#[derive(Debug, Default)]
pub(crate) struct DockersResolver(Mutex<Option<(SocketAddr, SocketAddr)>>);

impl DockersResolver {
    /// Where it takes datagrams and connections; none where it is not there. `ours` are the ports of the resolver
    /// that asks.
    pub(super) async fn servers(&self, road: &Road, ours: DnsPorts) -> Option<(SocketAddr, SocketAddr)> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_some() {
            return known;
        }
        let Road::Container(netns) = road.clone() else { return None };
        let look = move || netns.run(move || look(ours)).ok().flatten();
        let found = tokio::task::spawn_blocking(look).await.ok().flatten();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = found;
        found
    }

    /// It did not answer there.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// In the calling thread's namespace.
fn look(ours: DnsPorts) -> Option<(SocketAddr, SocketAddr)> {
    let read = |kind: &str| fs::read_to_string(format!("/proc/thread-self/net/{kind}")).unwrap_or_default();
    let at = |port: u16| SocketAddr::from((Ipv4Addr::from(causeway_common::namespace::RESOLVER), port));
    let udp = other_port(&read("udp"), UNCONNECTED, ours.udp)?;
    let tcp = other_port(&read("tcp"), LISTENING, ours.tcp)?;
    Some((at(udp), at(tcp)))
}

/// States of sockets in `/proc/net/udp` and `/proc/net/tcp` (proc_pid_net(5)).
const UNCONNECTED: &str = "07";
const LISTENING: &str = "0A";

/// The first port at the resolver's address, of a socket in that state, that is not ours.
fn other_port(sockets: &str, state: &str, ours: u16) -> Option<u16> {
    // The kernel prints the address as a number of the machine's byte order.
    let here = format!("{:08X}", u32::from_ne_bytes(causeway_common::namespace::RESOLVER));
    let port = |line: &str| {
        let mut fields = line.split_whitespace().skip(1);
        let (addr, port) = fields.next()?.split_once(':')?;
        let is_it = addr == here && fields.nth(1)? == state;
        is_it.then(|| u16::from_str_radix(port, 16).ok())?
    };
    sockets.lines().filter_map(port).find(|port| *port != ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UDP: &str = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n\
        100: 0B00007F:8CA0 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12345\n\
        101: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12346\n\
        102: 0B00007F:9C41 0B00007F:8CA0 01 00000000:00000000 00:00000000 00000000     0        0 12347\n\
        103: 0B00007F:EA60 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12348\n";

    #[test]
    #[cfg(target_endian = "little")]
    fn the_other_socket_at_the_resolvers_address_is_dockers() {
        assert_eq!(other_port(UDP, UNCONNECTED, 36_000), Some(60_000));
        assert_eq!(other_port(UDP, UNCONNECTED, 60_000), Some(36_000));
        let alone: String =
            UDP.lines().filter(|line| !line.contains("EA60")).map(|l| format!("{l}\n")).collect();
        assert_eq!(other_port(&alone, UNCONNECTED, 36_000), None);
        assert_eq!(other_port("", LISTENING, 1), None);
    }
}
