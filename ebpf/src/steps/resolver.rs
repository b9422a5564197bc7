//! The resolver of a container, asked at 127.0.0.11:53 and listening at other ports of that address: what
//! the ports of their packets become.

use causeway_common::{
    Namespace, Port,
    namespace::{DNS_PORT, RESOLVER},
};

use crate::wire::{TCP, TransportFrame, UDP};

/// Version 4, no options.
const PLAIN: u8 = 0x45;
/// More fragments follow, or this is not the first (RFC 791).
const FRAGMENT: u16 = 0x3fff;
/// A port that no socket has.
const NONE: Port = [0; 2];

/// Source and destination port of a packet through `lo`; `None`: they stay as they are.
#[inline(always)]
pub fn ports(frame: &TransportFrame, namespace: &Namespace) -> Option<(Port, Port)> {
    if frame.ip.vihl != PLAIN || u16::from_be_bytes(frame.ip.frags) & FRAGMENT != 0 {
        return None;
    }
    let own = match frame.ip.proto {
        TCP => namespace.dns_tcp,
        UDP => namespace.dns_udp,
        _ => NONE,
    };
    let (src, dst) = (frame.eight.first, frame.eight.second);
    if own == NONE {
        None
    } else if frame.ip.dst_addr == RESOLVER && dst == DNS_PORT {
        Some((src, own))
    } else if frame.ip.src_addr == RESOLVER && src == own {
        Some((DNS_PORT, dst))
    } else {
        None
    }
}
