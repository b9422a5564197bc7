//! Socket calls of the host's own processes: published ports, decided once a conversation.
//!
//! ```text
//!  connect, sendmsg   to an address of the host and a published port: to the container instead
//!  recvmsg,           from that container: from the address that was asked for
//!  getpeername
//!  bind               to a published port: EADDRINUSE
//! ```
//!
//! The programs are attached to the root cgroup and run for every process of the machine; those of
//! other network namespaces are let be.

use causeway_common::{Published, PublishedKeyV4, SocketAddressV4, SocketKeyV4, published, settings};

use crate::{
    helpers::socket::{Family, Socket},
    maps,
    steps::publish,
    wire::{TCP, UDP},
};

/// The call goes on.
const ALLOW: i32 = 1;
/// The call fails.
const FORBID: i32 = 0;

/// `connect`: the verdict.
#[inline(always)]
pub fn connect<F: Family>(socket: &mut Socket<F>) -> i32 {
    if is_concerned(socket) {
        lead(socket);
    }
    ALLOW
}

/// `sendmsg` of an unconnected UDP socket: the verdict.
#[inline(always)]
pub fn sendmsg<F: Family>(socket: &mut Socket<F>) -> i32 {
    connect(socket)
}

/// `recvmsg`: the verdict.
#[inline(always)]
pub fn recvmsg<F: Family>(socket: &mut Socket<F>) -> i32 {
    if is_concerned(socket) {
        mask(socket);
    }
    ALLOW
}

/// `getpeername`: the verdict.
#[inline(always)]
pub fn getpeername<F: Family>(socket: &mut Socket<F>) -> i32 {
    recvmsg(socket)
}

/// `bind`: the verdict.
#[inline(always)]
pub fn bind<F: Family>(socket: &mut Socket<F>) -> i32 {
    if is_concerned(socket) && socket.bound().is_some_and(|at| is_taken(&key(socket, &at))) {
        socket.refuse_as_taken();
        return FORBID;
    }
    ALLOW
}

/// Whether this is a TCP or UDP socket of the node's namespace, and something is published.
#[inline(always)]
fn is_concerned<F: Family>(socket: &Socket<F>) -> bool {
    let publishes = maps::settings().filter(|settings| settings.flags & settings::PUBLISHES != 0);
    matches!(socket.protocol(), TCP | UDP)
        && publishes.is_some_and(|settings| settings.netns_cookie == socket.namespace())
}

/// Leads a call for a published port to its container, and notes where the socket believes to be.
#[inline(always)]
fn lead<F: Family>(socket: &mut Socket<F>) {
    let Some(asked) = socket.address() else { return };
    let Some(found) = published(&key(socket, &asked)) else { return };
    let to = SocketAddressV4 { addr: found.addr, port: found.port, reserved: 0 };
    maps::note_socket_v4(&SocketKeyV4 { cookie: socket.cookie(), to }, &asked);
    socket.set(&to);
}

/// Says the address that was asked for instead of the container's.
#[inline(always)]
fn mask<F: Family>(socket: &mut Socket<F>) {
    let Some(to) = socket.address() else { return };
    if let Some(asked) = maps::socket_v4(&SocketKeyV4 { cookie: socket.cookie(), to }) {
        socket.set(asked);
    }
}

/// The key of an address of the call.
#[inline(always)]
fn key<F: Family>(socket: &Socket<F>, at: &SocketAddressV4) -> PublishedKeyV4 {
    PublishedKeyV4 { addr: at.addr, port: at.port, protocol: socket.protocol(), reserved: 0 }
}

/// Who answers for a port of the host, asked by the host itself.
#[inline(always)]
fn published<'a>(wanted: &PublishedKeyV4) -> Option<&'a Published> {
    if !publish::is_own(wanted.addr) && maps::host_address_v4(wanted.addr).is_none() {
        return None;
    }
    maps::published_v4(wanted).or_else(|| maps::published_v4(&publish::anywhere(wanted)))
}

/// Whether a port is published where a socket wants to be bound: there, on all addresses, or, for one
/// that wants all of them, on any.
#[inline(always)]
fn is_taken(wanted: &PublishedKeyV4) -> bool {
    let is_published = |addr| maps::published_v4(&PublishedKeyV4 { addr, ..*wanted }).is_some();
    is_published(wanted.addr)
        || is_published(published::ANY)
        || wanted.addr == published::ANY && is_published(published::SOME)
}
