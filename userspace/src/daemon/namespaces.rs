//! Containers' network namespaces as the socket hooks know them: by their cookies, with the ports at
//! which the resolver answers in them.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use causeway_common::Namespace;
use futures::{StreamExt, stream};

use super::{Daemon, Error, FdStore, Result, undo::Undo};
use crate::{
    desired::State,
    dns::{DnsPorts, Server},
    kernel::{self, Dataplane},
    model::{Container, Id, NetworkMode},
    plan::{OwnNamespace, Tables},
    runtime::Netns,
};

/// Namespaces that are taken over at once: most of the time goes into starting threads in them.
const AT_ONCE: usize = 8;

/// Namespaces that an earlier daemon looked after, by cookie.
type Known = Arc<BTreeMap<u64, Namespace>>;

/// Looks after the namespace of a container whose endpoints are recorded: from now on names are answered
/// in it.
///
/// # Errors
/// Where it cannot be entered.
pub(super) async fn enter(daemon: &Arc<Daemon>, container: &Container, undo: &mut Undo) -> Result<()> {
    let (shared, id) = (Arc::clone(daemon), container.id.clone());
    undo.push(format!("namespace of {}", container.name), async move {
        leave(&shared, &id);
        Ok::<(), Infallible>(())
    });
    look_after(daemon, container, &Known::default()).await
}

/// Looks again whether names are answered in a container's namespace: its networks have changed.
///
/// # Errors
/// Where the namespace cannot be entered.
pub(super) async fn renew(daemon: &Daemon, container: &Container) -> Result<()> {
    look_after(daemon, container, &Known::default()).await
}

/// Looks after a container's namespace no longer; one that was not looked after is no error.
pub(super) fn leave(daemon: &Daemon, container: &Id) {
    daemon.resolver.stop(container);
    daemon.fd_store.forget(container);
    let mut left = None;
    daemon.facts.change(|host| left = host.namespaces.remove(container));
    if let Some(namespace) = left
        && !daemon.sees_sockets
        && let Err(error) = lock(&daemon.dataplane).detach_lo(namespace.cookie)
    {
        tracing::warn!(%error, "a program stays on a container's lo");
    }
}

/// Takes over the namespaces of this node's containers, before the first reconciliation. Names are
/// answered at the ports that the dataplane, as it is `observed`, leads to.
pub(super) async fn adopt(daemon: &Daemon, observed: &Tables) {
    let here = |s: &State| -> Vec<Container> {
        let here = s.containers.values().filter(|c| c.node == daemon.node && !c.has_exited());
        here.cloned().collect()
    };
    let known = &Known::new(observed.namespaces.clone());
    let each = |container: Container| async move {
        if let Err(error) = look_after(daemon, &container, known).await {
            tracing::warn!(container = container.name, %error, "its namespace is not looked after");
        }
    };
    stream::iter(daemon.ledger.read(here)).for_each_concurrent(AT_ONCE, each).await;
}

async fn look_after(daemon: &Daemon, container: &Container, known: &Known) -> Result<()> {
    if !has_own(container) {
        return Ok(());
    }
    let (id, netns) = (container.id.clone(), container.netns.clone());
    let what = format!("namespace {}", netns.display());
    let resolver = Arc::clone(&daemon.resolver);
    let resolves = daemon.ledger.read(|s| resolves(s, &id));
    let (known, store) = (Known::clone(known), Arc::clone(&daemon.fd_store));
    let by_lo = (resolves && !daemon.sees_sockets).then(|| Arc::clone(&daemon.dataplane));
    let settled = move || {
        let cookie = cookie(&netns)?;
        if let Some(dataplane) = by_lo {
            inside(&netns, || through_lo(&dataplane, cookie))?;
        }
        if !resolves {
            resolver.stop(&id);
            store.forget(&id);
            return Ok((cookie, None));
        }
        let prefer = known.get(&cookie).and_then(ports);
        Ok((cookie, Some(serve(&resolver, &store, (&id, &netns), cookie, prefer)?)))
    };
    let settled = tokio::task::spawn_blocking(settled).await.map_err(|e| Error::internal(&what, e))?;
    let (cookie, ports) = settled.map_err(|e: std::io::Error| Error::internal(&what, e))?;
    let dns_udp = ports.map(|p| p.udp);
    let dns_tcp = ports.map(|p| p.tcp);
    daemon.facts.change(|host| {
        host.namespaces.insert(container.id.clone(), OwnNamespace { cookie, dns_udp, dns_tcp });
    });
    Ok(())
}

/// Leads packets for the resolver through the calling thread's `lo`. Where that fails, the container goes
/// without names.
fn through_lo(dataplane: &Mutex<Dataplane>, cookie: u64) {
    if let Err(error) = lock(dataplane).attach_lo(cookie) {
        tracing::warn!(%error, "a container finds no resolver: its packets cannot be led through its lo");
    }
}

fn lock(dataplane: &Mutex<Dataplane>) -> MutexGuard<'_, Dataplane> {
    dataplane.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has names answered in a container's namespace: by the sockets that an earlier daemon left where there are such.
fn serve(
    resolver: &Server,
    store: &FdStore,
    (id, netns): (&Id, &Path),
    cookie: u64,
    prefer: Option<DnsPorts>,
) -> std::io::Result<DnsPorts> {
    let kept = store.take(id, cookie);
    let is_new = kept.is_none();
    let served = resolver.serve(id, netns, prefer, kept)?;
    if let Some(sockets) = served.sockets.filter(|_| is_new) {
        FdStore::put(id, &sockets);
    }
    Ok(served.ports)
}

/// Whether a container finds a resolver at 127.0.0.11: on the default network names are not resolved.
pub(super) fn resolves(state: &State, container: &Id) -> bool {
    let endpoints = state.endpoints_of_container(container).into_iter();
    let mut networks = endpoints.filter_map(|e| state.networks.get(&e.network));
    networks.any(|network| !network.is_default())
}

/// Whether the namespace is nobody else's: sockets in it are the container's.
const fn has_own(container: &Container) -> bool {
    matches!(container.network_mode, NetworkMode::Attached | NetworkMode::None)
}

fn cookie(netns: &Path) -> std::io::Result<u64> {
    inside(netns, kernel::netns_cookie)?
}

/// Does something in a namespace.
fn inside<T: Send>(netns: &Path, work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    Netns::at(netns).and_then(|netns| netns.run(work)).map_err(std::io::Error::other)
}

/// Where the resolver of an earlier daemon answered.
fn ports(namespace: &Namespace) -> Option<DnsPorts> {
    let ports =
        DnsPorts { udp: u16::from_be_bytes(namespace.dns_udp), tcp: u16::from_be_bytes(namespace.dns_tcp) };
    (ports.udp != 0 && ports.tcp != 0).then_some(ports)
}
