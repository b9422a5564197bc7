//! Published ports, asked for by the host itself.

use causeway_common::{Published, PublishedKeyV4, SocketAddressV4, SocketKeyV4, published};

use super::{ALLOW, ingress};
use crate::{
    helpers::socket::{Family, Socket},
    maps,
    steps::publish,
};

/// Leads a call for a published port to its container, or for one of the mesh to its service, and notes where
/// the socket believes to be.
#[inline(always)]
pub(super) fn lead<F: Family>(socket: &mut Socket<F>, asked: &SocketAddressV4) -> Option<i32> {
    let wanted = key(socket, asked);
    if !publish::is_own(wanted.addr) && maps::host_address_v4(wanted.addr).is_none() {
        return None;
    }
    let Some(found) = find(&wanted) else { return ingress::lead(socket, asked) };
    let to = SocketAddressV4 { addr: found.addr, port: found.port, reserved: 0 };
    maps::note_socket_v4(&SocketKeyV4 { cookie: socket.cookie(), to }, asked);
    socket.set(&to);
    Some(ALLOW)
}

/// Whether a port is published where a socket wants to be bound: there, on all addresses, or, for one
/// that wants all of them, on any.
#[inline(always)]
pub(super) fn is_taken<F: Family>(socket: &Socket<F>) -> bool {
    let Some(at) = socket.bound() else { return false };
    let wanted = key(socket, &at);
    let is_published = |addr| maps::published_v4(&PublishedKeyV4 { addr, ..wanted }).is_some();
    is_published(wanted.addr)
        || is_published(published::ANY)
        || wanted.addr == published::ANY && is_published(published::SOME)
}

/// The key of an address of the call.
#[inline(always)]
fn key<F: Family>(socket: &Socket<F>, at: &SocketAddressV4) -> PublishedKeyV4 {
    PublishedKeyV4 { addr: at.addr, port: at.port, protocol: socket.protocol(), reserved: 0 }
}

/// Who answers for a port of the host.
#[inline(always)]
fn find<'a>(wanted: &PublishedKeyV4) -> Option<&'a Published> {
    maps::published_v4(wanted).or_else(|| maps::published_v4(&publish::anywhere(wanted)))
}
