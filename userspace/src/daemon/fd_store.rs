//! Resolvers' sockets that outlive the daemon in the service manager's file descriptor store (sd_notify(3),
//! `FDSTORE=1`): what containers ask while no daemon runs waits in them, and the next daemon answers it.
//!
//! Without a service manager, or with one that stores nothing, new sockets are opened, and what was asked
//! meanwhile is asked again by whoever asked.

use std::{
    collections::BTreeMap,
    env, io,
    net::{TcpListener, UdpSocket},
    os::fd::{AsFd, BorrowedFd},
    sync::{Mutex, MutexGuard, PoisonError},
};

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::{dns::Sockets, kernel, model::Id};

/// What the sockets of a container are called, in front of its id.
const UDP: &str = "dns-udp-";
const TCP: &str = "dns-tcp-";

/// Sockets of a container that were handed over; one without the other is of no use.
#[derive(Debug, Default)]
struct Handed {
    udp: Option<UdpSocket>,
    tcp: Option<TcpListener>,
}

/// The sockets that an earlier daemon left, until a container's resolver takes them.
#[derive(Debug, Default)]
pub struct FdStore {
    handed: Mutex<BTreeMap<Id, Handed>>,
}

impl FdStore {
    /// Takes what the service manager hands over (sd_listen_fds(3)). It reads and changes the environment, so it is
    /// called before the first thread is started.
    pub fn inherit() -> Self {
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut given = ListenFd::from_env();
        let mut handed: BTreeMap<Id, Handed> = BTreeMap::new();
        for (at, name) in names.split(':').enumerate().take(given.len()) {
            let Some((id, is_udp)) = read_name(name) else {
                close_unknown(&mut given, at, name);
                continue;
            };
            let pair = handed.entry(id).or_default();
            if is_udp {
                pair.udp = given.take_udp_socket(at).ok().flatten();
            } else {
                pair.tcp = given.take_tcp_listener(at).ok().flatten();
            }
        }
        Self { handed: Mutex::new(handed) }
    }

    /// The sockets of a container, if they are both there and of the namespace of this cookie.
    pub(super) fn take(&self, container: &Id, cookie: u64) -> Option<Sockets> {
        let Handed { udp: Some(udp), tcp: Some(tcp) } = self.handed().remove(container)? else { return None };
        let is_there =
            |socket: BorrowedFd<'_>| kernel::netns_cookie_of(socket).is_ok_and(|its_own| its_own == cookie);
        (is_there(udp.as_fd()) && is_there(tcp.as_fd())).then_some(Sockets { udp, tcp })
    }

    /// Gives the service manager the sockets of a container. Its poll of them is switched off: an ICMP error would
    /// have it throw a socket away.
    pub(super) fn put(container: &Id, sockets: &Sockets) {
        forget(container);
        for (kind, socket) in [(UDP, sockets.udp.as_fd()), (TCP, sockets.tcp.as_fd())] {
            let name = format!("{kind}{container}");
            let state = [NotifyState::FdStore, NotifyState::FdName(&name), NotifyState::Custom("FDPOLL=0")];
            said(sd_notify::notify_with_fds(false, &state, &[socket]));
        }
    }

    /// Has the service manager let go of a container's sockets, and with them of its namespace.
    pub(super) fn forget(&self, container: &Id) {
        self.handed().remove(container);
        forget(container);
    }

    /// The same for all that nobody has taken.
    pub(super) fn forget_rest(&self) {
        let rest = std::mem::take(&mut *self.handed());
        rest.keys().for_each(forget);
    }

    fn handed(&self) -> MutexGuard<'_, BTreeMap<Id, Handed>> {
        self.handed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever it is: it is nothing that we have stored, and would stay open as long as the daemon runs.
fn close_unknown(given: &mut ListenFd, at: usize, name: &str) {
    tracing::warn!(name, "the service manager handed over a file that nobody here knows");
    if let Ok(Some(fd)) = given.take_raw_fd(at)
        && let Err(error) = nix::unistd::close(fd)
    {
        tracing::warn!(name, %error, "it stays open");
    }
}

/// Whose socket has this name in the store, and whether it is the one for datagrams.
pub fn read_name(name: &str) -> Option<(Id, bool)> {
    let (id, is_udp) =
        name.strip_prefix(UDP).map(|id| (id, true)).or_else(|| Some((name.strip_prefix(TCP)?, false)))?;
    Some((Id::parse(id)?, is_udp))
}

fn forget(container: &Id) {
    for kind in [UDP, TCP] {
        let name = format!("{kind}{container}");
        said(sd_notify::notify(false, &[NotifyState::FdStoreRemove, NotifyState::FdName(&name)]));
    }
}

fn said(result: io::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "the service manager could not be told of a socket");
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn handed(container: &Id) -> FdStore {
        let udp = Some(UdpSocket::bind("127.0.0.1:0").unwrap());
        let tcp = Some(TcpListener::bind("127.0.0.1:0").unwrap());
        let store = FdStore::default();
        store.handed().insert(container.clone(), Handed { udp, tcp });
        store
    }

    #[test]
    fn sockets_are_taken_once_and_only_by_whose_namespace_they_are_of() {
        let (id, cookie) = (Id::random(), kernel::netns_cookie().unwrap());
        assert!(handed(&id).take(&id, cookie + 1).is_none(), "the container has another namespace by now");
        let store = handed(&id);
        assert!(store.take(&Id::random(), cookie).is_none());
        assert!(store.take(&id, cookie).is_some() && store.take(&id, cookie).is_none());
        let half = handed(&id);
        half.handed().get_mut(&id).unwrap().tcp = None;
        assert!(half.take(&id, cookie).is_none());
    }

    #[test]
    fn names_say_whose_and_which() {
        let id = Id::random();
        assert_eq!(read_name(&format!("dns-udp-{id}")), Some((id.clone(), true)));
        assert_eq!(read_name(&format!("dns-tcp-{id}")), Some((id, false)));
        assert_eq!((read_name("dns-udp-short"), read_name("stored")), (None, None));
    }
}
