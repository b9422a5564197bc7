//! What is left of containers that no record names any more: the daemon was killed after it had struck them
//! out, or before it had recorded them. Only what is marked as this node's is touched.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    daemon::{Daemon, endpoints},
    desired::State,
    failpoint,
    model::{Endpoint, Id},
    runtime,
};

/// Takes away pairs of interfaces, processes, namespaces and directories that are nobody's.
pub(in crate::daemon) async fn strays(daemon: &Daemon) {
    let unreadable = daemon.ledger.read(|s| s.unreadable.len());
    if unreadable > 0 {
        tracing::warn!(unreadable, "what seems nobody's stays: it may belong to records that cannot be read");
        return;
    }
    let running = running(daemon);
    if !running.is_empty() && !daemon.config.accept_empty_store {
        tracing::error!(
            containers = running.join(", "),
            "the store does not know them, but they run here (does it hold an earlier state?); what seems nobody's \
             stays: bring back what the store held, or start with --accept-empty-store to end them"
        );
        return;
    }
    interfaces(daemon).await;
    directories(daemon).await;
}

/// Those that run though no record names them. A container is recorded before its process is started and struck out
/// after it has ended, so it is not an operation that was cut off which has left them.
fn running(daemon: &Daemon) -> Vec<String> {
    let strange = ids(&daemon.config.containers_dir()).into_iter();
    let strange = strange.filter(|id| daemon.ledger.read(|s| !s.containers.contains_key(id)));
    let running = strange.filter(|id| daemon.process(id).running().is_ok_and(|running| running.is_some()));
    running.map(|id| id.short().to_owned()).collect()
}

async fn interfaces(daemon: &Daemon) {
    let ours = |s: &State| {
        s.endpoints.values().filter(|e| e.node == daemon.node).map(Endpoint::host_ifname).collect()
    };
    let known: BTreeSet<String> = daemon.ledger.read(ours);
    let found = daemon.link.list().await.unwrap_or_default();
    let strays =
        found.into_iter().filter(|i| endpoints::is_marked(i, &daemon.node) && !known.contains(&i.name));
    for stray in strays {
        match daemon.link.delete(&stray.name).await {
            Ok(()) => tracing::warn!(interface = stray.name, "it was nobody's; it is removed"),
            Err(error) => tracing::warn!(interface = stray.name, %error, "it is nobody's, and stays"),
        }
        failpoint::pass("a stray interface is gone");
    }
}

async fn directories(daemon: &Daemon) {
    for id in ids(&daemon.config.containers_dir()) {
        if daemon.ledger.read(|s| s.containers.contains_key(&id)) {
            continue;
        }
        match leave_nothing(daemon, &id).await {
            Ok(()) => {
                tracing::warn!(container = id.short(), "no record names it; what was left of it is removed");
            }
            Err(error) => {
                tracing::warn!(container = id.short(), %error, "no record names it, and something stays");
            }
        }
        failpoint::pass("a stray directory is gone");
    }
}

/// The containers that have a directory here.
pub(in crate::daemon) fn ids(containers: &Path) -> BTreeSet<Id> {
    let entries = fs::read_dir(containers).into_iter().flatten().flatten();
    entries.filter_map(|entry| Id::parse(entry.file_name().to_str()?)).collect()
}

/// The directory goes last: by it the rest is found.
async fn leave_nothing(daemon: &Daemon, id: &Id) -> Result<(), runtime::RuntimeError> {
    daemon.process(id).end().await?;
    daemon.keeper().delete_netns(id.short())?;
    failpoint::pass("a stray namespace is gone");
    daemon.process(id).remove()
}
