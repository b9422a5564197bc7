//! Containers' network namespaces as the socket hooks know them: by their cookies, with the ports of
//! the resolver in them.

use std::{convert::Infallible, path::PathBuf, sync::Arc};

use super::{Daemon, Error, Result, undo::Undo};
use crate::{
    desired::State,
    kernel,
    model::{Container, Id, NetworkMode},
    plan::OwnNamespace,
    runtime::Netns,
};

/// Looks after a container's namespace from now on.
///
/// # Errors
/// Where it cannot be entered.
pub(super) async fn enter(daemon: &Arc<Daemon>, container: &Container, undo: &mut Undo) -> Result<()> {
    let (shared, id) = (Arc::clone(daemon), container.id.clone());
    undo.push(format!("namespace of {}", container.name), async move {
        leave(&shared, &id).await;
        Ok::<(), Infallible>(())
    });
    look_after(daemon, container).await
}

async fn look_after(daemon: &Daemon, container: &Container) -> Result<()> {
    if !has_own(container) {
        return Ok(());
    }
    let cookie = cookie(container.netns.clone()).await?;
    let namespace = OwnNamespace { cookie, dns_udp: None, dns_tcp: None };
    daemon.facts.change(|host| {
        host.namespaces.insert(container.id.clone(), namespace);
    });
    Ok(())
}

/// Looks after a container's namespace no longer; one that was not looked after is no error.
pub(super) async fn leave(daemon: &Daemon, container: &Id) {
    daemon.facts.change(|host| {
        host.namespaces.remove(container);
    });
}

/// Takes over the namespaces of this node's containers, before the first reconciliation.
pub(super) async fn adopt(daemon: &Daemon) {
    let here = |s: &State| -> Vec<Container> {
        let here = s.containers.values().filter(|c| c.node == daemon.node && !c.has_exited());
        here.cloned().collect()
    };
    for container in daemon.ledger.read(here) {
        if let Err(error) = look_after(daemon, &container).await {
            tracing::warn!(container = container.name, %error, "its namespace is not looked after");
        }
    }
}

/// Whether the namespace is nobody else's: sockets in it are the container's.
const fn has_own(container: &Container) -> bool {
    matches!(container.network_mode, NetworkMode::Attached | NetworkMode::None)
}

async fn cookie(netns: PathBuf) -> Result<u64> {
    let what = format!("namespace {}", netns.display());
    let read = move || Netns::open(&netns)?.run(kernel::netns_cookie);
    let read = tokio::task::spawn_blocking(read).await.map_err(|e| Error::internal(&what, e))?;
    read.map_err(|e| Error::Internal(e.to_string()))?.map_err(|e| Error::internal(&what, e))
}
