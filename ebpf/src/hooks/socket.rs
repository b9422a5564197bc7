//! Socket calls of the host's and the containers' own processes: names, services and published ports,
//! decided once a conversation.
//!
//! ```text
//!  connect, sendmsg   a container's, to 127.0.0.11:53: to the resolver's own port
//!                     to a service's VIP: to one of its backends, or ECONNREFUSED
//!                     the host's, to a published port of its own: to the container
//!                     the host's, to a port of the mesh: to a backend here, or to its service's VIP
//!  recvmsg,           from where a socket was led to: from the address that was asked for
//!  getpeername
//!  bind               the host's, to a published port or one of the mesh: EADDRINUSE
//! ```
//!
//! The programs are attached to the root cgroup and run for every process of the machine. Whose call it
//! is, the cookie of the socket's network namespace says; those of other namespaces are let be. Several
//! daemons may have their programs there, one behind the other: each sees to its own namespaces.

mod ingress;
mod published;
mod resolver;
mod vip;

use causeway_common::{Settings, SocketKeyV4, namespace, settings};

use crate::{
    helpers::socket::{ADDRESS_IN_USE, Family, Socket},
    maps,
    steps::service,
    wire::{TCP, UDP},
};

/// The call goes on.
const ALLOW: i32 = 1;
/// The call fails.
const FORBID: i32 = 0;

/// The host answers on some port that is not its own processes'.
const ANSWERS: u16 = settings::PUBLISHES | settings::INGRESS;

/// What a call is: what its socket does with the address afterwards.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    /// It stays with the address.
    Connect,
    /// It sends there once.
    Send,
}

/// Whose socket it is.
#[derive(Clone, Copy)]
enum Owner {
    /// A process of the host.
    Host,
    /// A container's.
    Container,
}

/// `connect`: the verdict.
#[inline(always)]
pub fn connect<F: Family>(socket: &mut Socket<F>) -> i32 {
    lead(socket, Call::Connect).unwrap_or(ALLOW)
}

/// `sendmsg` of an unconnected UDP socket: the verdict.
#[inline(always)]
pub fn sendmsg<F: Family>(socket: &mut Socket<F>) -> i32 {
    lead(socket, Call::Send).unwrap_or(ALLOW)
}

/// `recvmsg`: the verdict.
#[inline(always)]
pub fn recvmsg<F: Family>(socket: &mut Socket<F>) -> i32 {
    mask(socket).unwrap_or(ALLOW)
}

/// `getpeername`: the verdict.
#[inline(always)]
pub fn getpeername<F: Family>(socket: &mut Socket<F>) -> i32 {
    recvmsg(socket)
}

/// `bind`: the verdict.
#[inline(always)]
pub fn bind<F: Family>(socket: &mut Socket<F>) -> i32 {
    let answers = maps::settings().filter(|settings| settings.flags & ANSWERS != 0);
    let is_host = answers.is_some_and(|settings| settings.netns_cookie == socket.namespace());
    if is_host && carries_ports(socket) && (published::is_taken(socket) || ingress::is_taken(socket)) {
        socket.fail_with(ADDRESS_IN_USE);
        return FORBID;
    }
    ALLOW
}

/// Leads a call to where its address stands for; `None`: it stays as it is. What the address says is
/// looked at before whose it is: that is cheaper.
#[inline(always)]
fn lead<F: Family>(socket: &mut Socket<F>, call: Call) -> Option<i32> {
    let (asked, settings) = (socket.address()?, maps::settings()?);
    if !carries_ports(socket) {
        return None;
    }
    if asked.addr == namespace::RESOLVER {
        return resolver::lead(socket, &asked);
    }
    if service::is_vip(asked.addr, settings) {
        return vip::lead(socket, &asked, settings, call);
    }
    let answers = settings.flags & ANSWERS != 0;
    (answers && settings.netns_cookie == socket.namespace()).then_some(())?;
    published::lead(socket, &asked)
}

/// Says the address that was asked for instead of the one that the socket was led to. Every datagram of the machine
/// comes by here: as long as nobody is led anywhere, whose it is is not asked.
#[inline(always)]
fn mask<F: Family>(socket: &mut Socket<F>) -> Option<i32> {
    let (to, settings) = (socket.address()?, maps::settings()?);
    if to.addr == namespace::RESOLVER
        && let Some(namespace) = maps::namespace(socket.namespace())
    {
        return resolver::mask(socket, namespace, &to);
    }
    if !leads(settings) || owner(settings, socket.namespace()).is_none() {
        return None;
    }
    let asked = maps::socket_v4(&SocketKeyV4 { cookie: socket.cookie(), to })?;
    socket.set(asked);
    Some(ALLOW)
}

/// Whether any socket was led anywhere but to a resolver.
#[inline(always)]
fn leads(settings: &Settings) -> bool {
    settings.flags & settings::PUBLISHES != 0 || settings.vip_pool != [0; 4]
}

/// Whose sockets a namespace's are; `None`: nobody's here.
#[inline(always)]
fn owner(settings: &Settings, cookie: u64) -> Option<Owner> {
    if cookie == settings.netns_cookie {
        return Some(Owner::Host);
    }
    maps::namespace(cookie).map(|_| Owner::Container)
}

/// Whether it is a TCP or UDP socket.
#[inline(always)]
fn carries_ports<F: Family>(socket: &Socket<F>) -> bool {
    matches!(socket.protocol(), TCP | UDP)
}
