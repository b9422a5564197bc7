//! Sockets in other network namespaces. A socket belongs to the namespace of the thread that made it,
//! for good: one thread makes them all, entering each one's namespace before.

use std::{io, net::Ipv4Addr, sync::mpsc, thread};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::sync::oneshot;

use std::sync::Arc;

use super::server::Sockets;
use crate::runtime::Netns;

/// A wish for a socket.
struct Wish {
    netns: Arc<Netns>,
    domain: Domain,
    kind: Type,
    answer: oneshot::Sender<io::Result<Socket>>,
}

/// The thread that makes sockets; it ends with the last handle.
#[derive(Clone, Debug)]
pub(super) struct Opener(mpsc::Sender<Wish>);

impl Opener {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub(super) fn start() -> io::Result<Self> {
        let (sender, wishes) = mpsc::channel();
        thread::Builder::new().name("dns-open".to_owned()).spawn(move || work(&wishes))?;
        Ok(Self(sender))
    }

    /// A socket in a namespace, that does not wait, neither bound nor connected.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub(super) async fn open(&self, netns: &Arc<Netns>, domain: Domain, kind: Type) -> io::Result<Socket> {
        let (answer, made) = oneshot::channel();
        let ended = || io::Error::other("no thread opens sockets any more");
        self.0.send(Wish { netns: netns.clone(), domain, kind, answer }).map_err(|_| ended())?;
        made.await.map_err(|_| ended())?
    }
}

fn work(wishes: &mpsc::Receiver<Wish>) {
    for wish in wishes {
        let entered = wish.netns.enter().map_err(io::Error::other);
        let made = entered.and_then(|()| socket(wish.domain, wish.kind));
        // Whoever wished may be gone.
        let _ = wish.answer.send(made);
    }
}

/// A socket in the calling thread's namespace, that does not wait.
///
/// # Errors
/// Where the kernel refuses.
pub(super) fn socket(domain: Domain, kind: Type) -> io::Result<Socket> {
    let protocol = if kind == Type::DGRAM { Protocol::UDP } else { Protocol::TCP };
    let socket = Socket::new(domain, kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Connections that wait to be accepted.
const BACKLOG: i32 = 64;

/// The resolver's two sockets at `addr` in the calling thread's namespace, at the preferred ports where
/// those are free.
///
/// # Errors
/// Where the kernel refuses.
pub(super) fn listen(addr: Ipv4Addr, prefer: Option<(u16, u16)>) -> io::Result<Sockets> {
    let (udp_port, tcp_port) = prefer.unwrap_or((0, 0));
    let udp = bound(addr, udp_port, Type::DGRAM)?;
    let tcp = bound(addr, tcp_port, Type::STREAM)?;
    tcp.listen(BACKLOG)?;
    Ok(Sockets { udp: udp.into(), tcp: tcp.into() })
}

/// A socket at a port, or at another one where that is taken.
fn bound(addr: Ipv4Addr, port: u16, kind: Type) -> io::Result<Socket> {
    let at = |port| -> io::Result<Socket> {
        let socket = socket(Domain::IPV4, kind)?;
        // An attached namespace may have no `lo` yet.
        socket.set_freebind_v4(true)?;
        // Connections of a daemon that has ended keep the port otherwise. Of UDP, anybody could share it.
        if kind == Type::STREAM {
            socket.set_reuse_address(true)?;
        }
        socket.bind(&SockAddr::from(std::net::SocketAddrV4::new(addr, port)))?;
        Ok(socket)
    };
    match at(port) {
        Err(taken) if port != 0 && taken.kind() == io::ErrorKind::AddrInUse => at(0),
        other => other,
    }
}
