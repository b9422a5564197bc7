//! The resolver of a container: asked at 127.0.0.11:53, and listening at other ports of that address, so
//! that port 53 is free for the container's own server.

use causeway_common::{
    Namespace, Port, SocketAddressV4,
    namespace::{DNS_PORT, HAS_ANOTHER},
};

use super::ALLOW;
use crate::{
    helpers::socket::{Family, Socket},
    maps,
    wire::TCP,
};

/// A port that no socket has.
const NONE: Port = [0; 2];

/// Leads a call for the resolver to the port that it has in this namespace.
#[inline(always)]
pub(super) fn lead<F: Family>(socket: &mut Socket<F>, asked: &SocketAddressV4) -> Option<i32> {
    if asked.port != DNS_PORT {
        return None;
    }
    let namespace = maps::namespace(socket.namespace())?;
    let port = port(socket, namespace);
    (port != NONE).then_some(())?;
    // While the daemon is away nobody listens there: Docker's names are better than none.
    if namespace.flags & HAS_ANOTHER != 0 && !socket.is_heard(&SocketAddressV4 { port, ..*asked }) {
        return None;
    }
    socket.set_port(port);
    Some(ALLOW)
}

/// Says port 53 where the resolver's own was meant.
#[inline(always)]
pub(super) fn mask<F: Family>(
    socket: &mut Socket<F>,
    namespace: &Namespace,
    to: &SocketAddressV4,
) -> Option<i32> {
    let port = port(socket, namespace);
    (port != NONE && to.port == port).then_some(())?;
    socket.set_port(DNS_PORT);
    Some(ALLOW)
}

/// The resolver's port for this socket's protocol.
#[inline(always)]
fn port<F: Family>(socket: &Socket<F>, namespace: &Namespace) -> Port {
    if socket.protocol() == TCP { namespace.dns_tcp } else { namespace.dns_udp }
}
