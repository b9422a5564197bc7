//! Namespaces of sandboxes, looked after from the moment that the engine has made them: that is after it was told
//! of the interface, and before the container's process begins.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use crate::{
    daemon::{Daemon, namespaces},
    model::{Container, Id},
    runtime::Netns,
};

/// How often is looked, at first and in the end: names shall be there before the process asks for one.
const FIRST: Duration = Duration::from_millis(1);
const LAST: Duration = Duration::from_millis(50);
/// How long the engine may take to make it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Looks after a container's namespace as soon as it is there.
pub(super) fn watch(daemon: &Arc<Daemon>, container: &Id) {
    let (daemon, id) = (Arc::clone(daemon), container.clone());
    tokio::spawn(async move {
        let (begun, mut pause) = (Instant::now(), FIRST);
        while !looked_after(&daemon, &id).await {
            if begun.elapsed() > PATIENCE {
                return tracing::warn!(container = id.short(), "Docker has made no namespace for it");
            }
            sleep(pause).await;
            pause = (pause + pause / 4).min(LAST);
        }
    });
}

/// True once it is looked after, or its container is gone.
async fn looked_after(daemon: &Daemon, id: &Id) -> bool {
    let _turn = daemon.serial.turn(id).await;
    let there = |c: &&Container| c.is_in_sandbox();
    let Some(container) = daemon.ledger.read(|s| s.containers.get(id).filter(there).cloned()) else {
        return true;
    };
    if Netns::at(&container.netns).is_err() {
        return false;
    }
    if let Err(error) = namespaces::renew(daemon, &container, &[]).await {
        tracing::warn!(container = container.name, %error, "its namespace is not looked after");
    }
    true
}

/// The container is in no sandbox any more.
pub(super) async fn forget(daemon: &Daemon, id: &Id) {
    let _turn = daemon.serial.turn(id).await;
    namespaces::leave(daemon, id);
}

/// Waits for the namespaces that were not there yet when the daemon started.
pub(in crate::daemon) fn resume(daemon: &Arc<Daemon>) {
    let known = |id: &Id| daemon.facts.read(|host| host.namespaces.contains_key(id));
    let ours = daemon.ledger.read(|s| {
        let here = s.containers.values().filter(|c| c.node == daemon.node && c.is_in_sandbox());
        here.map(|c| c.id.clone()).collect::<Vec<_>>()
    });
    ours.iter().filter(|id| !known(id)).for_each(|id| watch(daemon, id));
}
