//! Containers' network namespaces as the socket hooks know them: by their cookies, with the ports at
//! which the resolver answers in them.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use causeway_common::Namespace;
use futures::{StreamExt, stream};

use super::{Daemon, Error, FdStore, Result, endpoints::Laid, grace_periods::GracePeriods, undo::Undo};
use crate::{
    desired::State,
    dns::{DnsPorts, Server, Sockets},
    kernel::{self, Dataplane},
    model::{Container, Id, NetworkMode},
    plan::{OwnNamespace, Tables},
    runtime::Netns,
};

/// Namespaces that are taken over at once: most of the time goes into starting threads in them.
const AT_ONCE: usize = 8;

/// Namespaces that an earlier daemon looked after, by cookie.
type Known = Arc<BTreeMap<u64, Namespace>>;

/// Looks after the namespace of a container whose endpoints are recorded, and whose interfaces are `pairs`: from now
/// on names are answered in it, and the dataplane is told of both.
///
/// # Errors
/// Where it cannot be entered.
pub(super) async fn enter(
    daemon: &Arc<Daemon>,
    container: &Container,
    pairs: &[Laid],
    undo: &mut Undo,
) -> Result<()> {
    let (shared, id) = (Arc::clone(daemon), container.id.clone());
    undo.push(format!("namespace of {}", container.name), async move {
        leave(&shared, &id);
        Ok::<(), Infallible>(())
    });
    renew(daemon, container, pairs).await
}

/// Looks again whether names are answered in a container's namespace: its networks have changed, and with them it was
/// given `pairs`.
///
/// # Errors
/// Where the namespace cannot be entered.
pub(super) async fn renew(daemon: &Daemon, container: &Container, pairs: &[Laid]) -> Result<()> {
    let namespace = look_after(daemon, container, &Known::default()).await?;
    // All at once: each change of the facts is a round of the reconciler.
    daemon.facts.change(|host| {
        host.interfaces.extend(pairs.iter().map(|pair| (pair.endpoint.clone(), pair.ifindex)));
        host.namespaces.extend(namespace.map(|namespace| (container.id.clone(), namespace)));
    });
    Ok(())
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
        // Of Docker's, some have none yet.
        let here = here.filter(|c| c.docker.is_none() || Netns::at(&c.netns).is_ok());
        here.cloned().collect()
    };
    let known = &Known::new(observed.namespaces.clone());
    let each = |container: Container| async move {
        match look_after(daemon, &container, known).await {
            Ok(namespace) => namespace.map(|namespace| (container.id, namespace)),
            Err(error) => {
                tracing::warn!(container = container.name, %error, "its namespace is not looked after");
                None
            }
        }
    };
    let looked_after = stream::iter(daemon.ledger.read(here)).map(each).buffer_unordered(AT_ONCE);
    let adopted: Vec<_> = looked_after.filter_map(std::future::ready).collect().await;
    // All at once: each change of the facts is as much work as there are namespaces.
    daemon.facts.change(|host| host.namespaces.extend(adopted));
}

/// Has names answered in a container's namespace; none where it has no namespace of its own.
async fn look_after(daemon: &Daemon, container: &Container, known: &Known) -> Result<Option<OwnNamespace>> {
    if !has_own(container) {
        return Ok(None);
    }
    let resolves = daemon.ledger.read(|s| resolves(s, &container.id));
    let view = View {
        container: container.id.clone(),
        resolver: resolves.then(|| Arc::clone(&daemon.resolver)),
        by_lo: (resolves && !daemon.sees_sockets)
            .then(|| (Arc::clone(&daemon.dataplane), Arc::clone(&daemon.grace_periods))),
        store: Arc::clone(&daemon.fd_store),
        known: Known::clone(known),
        has_another: container.docker.is_some(),
    };
    let path = container.netns.clone();
    let what = format!("namespace {}", path.display());
    let settled = tokio::task::spawn_blocking(move || view.settle(&path)).await;
    let (namespace, new) =
        settled.map_err(|e| Error::internal(&what, e))?.map_err(|e| Error::internal(&what, e))?;
    // Not in there: where the service manager listens may be seen from the host's namespace alone.
    match new {
        Some(sockets) => FdStore::put(&container.id, &sockets),
        None if !resolves => {
            daemon.resolver.stop(&container.id);
            daemon.fd_store.forget(&container.id);
        }
        None => {}
    }
    Ok(Some(namespace))
}

/// What is needed inside a namespace.
struct View {
    container: Id,
    /// Who answers there; none where names are not resolved.
    resolver: Option<Arc<Server>>,
    /// Packets find it by `lo`.
    by_lo: Option<(Arc<Mutex<Dataplane>>, Arc<GracePeriods>)>,
    store: Arc<FdStore>,
    known: Known,
    /// Docker's engine has a resolver there.
    has_another: bool,
}

impl View {
    /// Enters the namespace once, and sees to all; with sockets that were made anew.
    fn settle(&self, path: &Path) -> io::Result<(OwnNamespace, Option<Sockets>)> {
        let netns = Netns::at(path).map_err(io::Error::other)?;
        netns.run(|| self.settle_inside(&netns)).map_err(io::Error::other)?
    }

    fn settle_inside(&self, netns: &Netns) -> io::Result<(OwnNamespace, Option<Sockets>)> {
        let cookie = kernel::netns_cookie()?;
        if let Some((dataplane, grace_periods)) = &self.by_lo {
            let _hurry = grace_periods.hurry();
            through_lo(dataplane, cookie);
        }
        let Some(resolver) = &self.resolver else {
            return Ok((self.namespace(cookie, None), None));
        };
        let prefer = self.known.get(&cookie).and_then(ports);
        let kept = self.store.take(&self.container, cookie);
        let is_new = kept.is_none();
        let again = netns.try_clone().map_err(io::Error::other)?;
        let served = resolver.serve_here(&self.container, again, prefer, kept)?;
        let namespace = self.namespace(cookie, Some(served.ports));
        Ok((namespace, served.sockets.filter(|_| is_new)))
    }

    fn namespace(&self, cookie: u64, ports: Option<DnsPorts>) -> OwnNamespace {
        let (dns_udp, dns_tcp) = (ports.map(|ports| ports.udp), ports.map(|ports| ports.tcp));
        OwnNamespace { cookie, dns_udp, dns_tcp, has_another: self.has_another }
    }
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

/// Where the resolver of an earlier daemon answered.
fn ports(namespace: &Namespace) -> Option<DnsPorts> {
    let ports =
        DnsPorts { udp: u16::from_be_bytes(namespace.dns_udp), tcp: u16::from_be_bytes(namespace.dns_tcp) };
    (ports.udp != 0 && ports.tcp != 0).then_some(ports)
}
