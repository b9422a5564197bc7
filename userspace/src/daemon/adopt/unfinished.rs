//! What an earlier daemon had noted, begun, and not finished.

use std::{sync::Arc, time::Duration};

use crate::{
    daemon::{
        Daemon, Result, containers,
        intent::{self, Intent},
    },
    model::Container,
};

/// How long a process may take to end that somebody had asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Finishes it. To end a process may take a while; that goes on beside what follows.
pub(in crate::daemon) async fn unfinished(daemon: &Arc<Daemon>) {
    for (id, intent) in intent::noted(&daemon.config.run_dir) {
        // The note is there already; this takes it away at the end.
        let noted = intent::note(&daemon.config.run_dir, intent, &id);
        let Some(container) = daemon.ledger.read(|s| s.containers.get(&id).cloned()) else { continue };
        tracing::warn!(container = container.name, ?intent, "it was begun and not finished");
        let daemon = Arc::clone(daemon);
        let finished = async move {
            if let Err(error) = finish(&daemon, &container, intent).await {
                tracing::warn!(container = container.name, ?intent, %error, "it is not finished");
            }
            drop(noted);
        };
        match intent {
            Intent::Stop => drop(tokio::spawn(finished)),
            Intent::Change | Intent::Remove => finished.await,
        }
    }
}

async fn finish(daemon: &Arc<Daemon>, container: &Container, intent: Intent) -> Result<()> {
    match intent {
        // Interfaces and routes are looked at by every first audit.
        Intent::Change => containers::rewrite(daemon, container),
        Intent::Stop => containers::end(daemon, container, GRACE).await,
        Intent::Remove => containers::end_and_forget(daemon, container).await.map(drop),
    }
}
