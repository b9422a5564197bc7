//! Which published port a packet is for, and what its conversation becomes.

use causeway_common::{FlowKeyV4, Ipv4, Published, PublishedKeyV4, host_address, published};

use super::nat::Translation;
use crate::wire::{TCP, UDP};

/// Under what a packet's destination may be published. `None`: ports are TCP's and UDP's, and what
/// comes over a wire is never for a loopback address.
#[inline(always)]
pub fn wanted(key: &FlowKeyV4) -> Option<PublishedKeyV4> {
    let carries_ports = matches!(key.protocol, TCP | UDP);
    (carries_ports && key.dst[0] != 127).then_some(PublishedKeyV4 {
        addr: key.dst,
        port: key.dst_port,
        protocol: key.protocol,
        reserved: 0,
    })
}

/// The same port on any address of the host.
#[inline(always)]
pub const fn anywhere(wanted: &PublishedKeyV4) -> PublishedKeyV4 {
    PublishedKeyV4 { addr: published::ANY, ..*wanted }
}

/// Whether an address of the host, by its flags, is one that a wire may reach.
#[inline(always)]
pub fn is_reachable(host_address: Option<u32>) -> bool {
    host_address.is_some_and(|flags| flags & host_address::LOOPBACK == 0)
}

/// What a client's packets become: the container sees the client as `client`.
#[inline(always)]
pub const fn translation(key: &FlowKeyV4, client: Ipv4, to: &Published) -> Translation {
    Translation { src: client, dst: to.addr, src_port: key.src_port, dst_port: to.port }
}

/// The address that a process of the host means by one: none at all is the first loopback one.
#[inline(always)]
pub fn asked(addr: Ipv4) -> Ipv4 {
    if addr == published::ANY { [127, 0, 0, 1] } else { addr }
}

/// Whether an address is the host's to itself whatever interfaces it has: a loopback one, or none at
/// all, which means the same (RFC 1122 §3.2.1.3).
#[inline(always)]
pub const fn is_own(addr: Ipv4) -> bool {
    // One word: of the bytes one by one the compiler would read two across words of the stack.
    let addr = u32::from_be_bytes(addr);
    addr >> 24 == 127 || addr == 0
}
