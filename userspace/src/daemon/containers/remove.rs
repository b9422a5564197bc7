//! `rm`.

use std::{sync::Arc, time::Duration};

use super::{find, stop};
use crate::{
    api::types::{Changed, Wait},
    daemon::{
        Daemon, Error, Result, acknowledge, endpoints, host,
        intent::{self, Intent},
        namespaces, operation,
    },
    desired::{self, Refusal},
    failpoint,
    model::{Container, ContainerState},
    runtime,
    store::Concern,
};

/// Removes a container, with `force` also one that runs.
///
/// # Errors
/// Where it runs, is an attached namespace, or there is none of that name; the store's error.
pub async fn remove(daemon: &Arc<Daemon>, name: &str, force: bool, wait: Wait) -> Result<Changed> {
    let (daemon, container) = (Arc::clone(daemon), find(daemon, name).await?);
    operation::whole(async move {
        if let Some(refusal) = in_the_way(&container, force) {
            return Err(Error::Refused(refusal));
        }
        daemon.ledger.answers().await?;
        let parts = daemon.ledger.read(|s| desired::container::parts(s, &container));
        // Its end may be what this node followed them for.
        let _following = daemon.ledger.mirror.follow(parts.iter().cloned());
        let _noted = intent::note(&daemon.config.run_dir, Intent::Remove, &container.id);
        let Some(mut concern) = end_and_forget(&daemon, &container).await? else {
            return Ok(Changed::default());
        };
        // Its end is recorded by now: what has changed there so far holds it.
        concern.merge(daemon.ledger.read(|s| s.concern_of(&parts)));
        tracing::info!(container = container.name, "removed");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}

/// Ends a container's process where it runs, and removes the container; nothing where `--rm` was faster.
///
/// # Errors
/// Where the machine does not do it, or the store does not take it.
pub(crate) async fn end_and_forget(daemon: &Arc<Daemon>, container: &Container) -> Result<Option<Concern>> {
    stop::end(daemon, container, Duration::ZERO).await?;
    let _turn = daemon.serial.turn(&container.id).await;
    match find(daemon, container.id.as_str()).await {
        Ok(container) => forget(daemon, &container).await.map(Some),
        Err(_) => Ok(None),
    }
}

fn in_the_way(container: &Container, force: bool) -> Option<Refusal> {
    match (&container.process, &container.state) {
        (None, _) => Some(Refusal::IsAttachment(container.name.clone())),
        (_, ContainerState::Running { .. }) if !force => Some(Refusal::Running(container.name.clone())),
        _ => None,
    }
}

/// Removes a container that does not run, or an attachment: its interfaces, its record, its namespace, its log.
///
/// The record goes after the interfaces: what stays behind when a step fails can be removed by the same request
/// again. What is left when the daemon is killed behind that is swept at its next start.
///
/// # Errors
/// Where the store does not take it.
pub(crate) async fn forget(daemon: &Daemon, container: &Container) -> Result<Concern> {
    let endpoints = daemon
        .ledger
        .read(|s| s.endpoints_of_container(&container.id).into_iter().cloned().collect::<Vec<_>>());
    namespaces::leave(daemon, &container.id);
    endpoints::unrealise_all(daemon, &endpoints).await;
    let (_, concern) = daemon.ledger.commit(|s| desired::container::strike_out(s, container)).await?;
    host::settle_or_say(daemon).await;
    leave_nothing(daemon, container);
    Ok(concern)
}

/// What the machine keeps of a container without endpoints. The namespace is the one that is called after the
/// container, wherever its record says that it is: nothing else is ours to remove.
pub(crate) fn leave_nothing(daemon: &Daemon, container: &Container) {
    if let Err(error) = daemon.keeper().delete_netns(container.id.short()) {
        tracing::warn!(container = container.name, %error, "its namespace stays");
    }
    failpoint::pass("a namespace has no name any more");
    if let Err(error) = daemon.process(&container.id).remove() {
        tracing::warn!(container = container.name, %error, "its log stays");
    }
    // The last shim cannot: it is in one of them.
    runtime::remove_empty_cgroups();
}
