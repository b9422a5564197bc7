//! Ports of the mesh, asked for by the host itself: it is a node like any other, and answers on them too.

use causeway_common::{
    Ingress, IngressKey, Service, SocketAddressV4, SocketKeyV4, ingress::AFFINITY, published::ANY,
};

use super::{ALLOW, FORBID};
use crate::{
    helpers::socket::{Family, REFUSED, Socket},
    maps,
    steps::{ingress, publish, service},
};

/// Leads a call for a port of the mesh, at one of the host's addresses, to a backend, where all that come into question are here, or to the
/// service's address, by which its packets find one; and notes where the socket believes to be.
#[inline(always)]
pub(super) fn lead<F: Family>(socket: &mut Socket<F>, asked: &SocketAddressV4) -> Option<i32> {
    let of = maps::ingress_at(&key(socket, asked), publish::asked(asked.addr))?;
    let service = maps::service_v4(of.vip)?;
    if of.slots == 0 {
        socket.fail_with(REFUSED);
        return Some(FORBID);
    }
    let cookie = socket.cookie();
    let addr = here(of, service, cookie).unwrap_or(of.vip);
    let to = SocketAddressV4 { addr, port: of.port, reserved: 0 };
    maps::note_socket_v4(&SocketKeyV4 { cookie, to }, asked);
    socket.set(&to);
    Some(ALLOW)
}

/// Whether the mesh has the port of an address that a socket wants to be bound to.
#[inline(always)]
pub(super) fn is_taken<F: Family>(socket: &Socket<F>) -> bool {
    let Some(at) = socket.bound() else { return false };
    let wanted = key(socket, &at);
    let of = if at.addr == ANY { maps::ingress(&wanted) } else { maps::ingress_at(&wanted, at.addr) };
    of.is_some()
}

#[inline(always)]
fn key<F: Family>(socket: &Socket<F>, at: &SocketAddressV4) -> IngressKey {
    IngressKey { port: at.port, protocol: socket.protocol(), reserved: 0 }
}

/// The address of a backend, where new conversations of this node stay here.
#[inline(always)]
fn here(of: &Ingress, service: &Service, cookie: u64) -> Option<causeway_common::Ipv4> {
    if (of.ring, of.slots) != (service.local_ring, service.local_slots) {
        return None;
    }
    // The host is one client whatever its socket.
    let who = if of.flags & AFFINITY == 0 { cookie } else { u32::from_be_bytes(of.vip).into() };
    let index = maps::ring_slot(ingress::current(of).slot(service::mix(who))?);
    maps::backend(index).filter(|backend| ingress::serves(backend, of)).map(|backend| backend.addr)
}
