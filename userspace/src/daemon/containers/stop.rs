//! `stop`, and signals.

use std::{sync::Arc, time::Duration};

use super::find;
use crate::{
    api::types::{Changed, Wait},
    daemon::{
        Daemon, Error, Result, acknowledge, draining, exits,
        intent::{self, Intent},
        operation,
    },
    desired::{self, Refusal},
    failpoint,
    model::{Container, ContainerState},
    runtime::RuntimeError,
    store::StoreError,
};

/// The longest that `stop` waits between TERM and KILL.
const LONGEST: Duration = Duration::from_secs(3600);

/// TERM, and after `grace` KILL to all that the container forked; returns when its end is dealt with.
/// One that does not run is no error.
///
/// # Errors
/// Where there is none of that name, or it is an attached namespace.
pub async fn stop(daemon: &Arc<Daemon>, name: &str, grace: Duration, wait: Wait) -> Result<Changed> {
    let (daemon, container) = (Arc::clone(daemon), find(daemon, name).await?);
    operation::whole(async move {
        if container.process.is_none() {
            return Err(Error::Refused(Refusal::IsAttachment(container.name)));
        }
        let parts = daemon.ledger.read(|s| desired::container::parts(s, &container));
        // Its end may be what this node followed them for.
        let _following = daemon.ledger.mirror.follow(parts.iter().cloned());
        let runs = matches!(container.state, ContainerState::Running { .. });
        let _noted = runs.then(|| intent::note(&daemon.config.run_dir, Intent::Stop, &container.id));
        if runs {
            draining::drain(&daemon, &container.id).await;
        }
        end(&daemon, &container, grace.min(LONGEST)).await?;
        // Its end is recorded by now: what has changed there so far holds it.
        let concern = daemon.ledger.read(|s| s.concern_of(&parts));
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}

/// Ends a container's process where it runs.
///
/// # Errors
/// Where the machine does not do it, or the store does not record it.
pub(crate) async fn end(daemon: &Arc<Daemon>, container: &Container, grace: Duration) -> Result<()> {
    if !matches!(container.state, ContainerState::Running { .. }) {
        return Ok(());
    }
    let stopped = daemon.process(&container.id).stop(grace).await;
    failpoint::pass("a process has ended");
    stopped.map_err(|e| Error::internal(format!("container '{}'", container.name), e))?;
    match exits::status_of(daemon, container).await {
        Ok(_) => recorded(daemon, container),
        // Removed meanwhile: it has ended, too.
        Err(Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The status is told also while the store is away; that it has ended is recorded later then.
fn recorded(daemon: &Daemon, container: &Container) -> Result<()> {
    let running = |c: &Container| matches!(c.state, ContainerState::Running { .. });
    if !daemon.ledger.read(|s| s.containers.get(&container.id).is_some_and(running)) {
        return Ok(());
    }
    let reason = format!("'{}' has ended, which is recorded as soon as it answers", container.name);
    Err(StoreError::Unreachable { store: daemon.ledger.store.describe(), reason }.into())
}

/// Sends a signal to a container's process.
///
/// # Errors
/// Where it does not run, or there is no such signal.
pub async fn kill(daemon: &Daemon, name: &str, signal: i32) -> Result<()> {
    let container = find(daemon, name).await?;
    if !(1..=64).contains(&signal) {
        return Err(Error::BadRequest(format!("{signal} is no signal: they go from 1 to 64")));
    }
    if container.process.is_none() {
        return Err(Error::Refused(Refusal::IsAttachment(container.name)));
    }
    if !matches!(container.state, ContainerState::Running { .. }) {
        return Err(Error::Refused(Refusal::NotRunning(container.name)));
    }
    let name = container.name;
    daemon.process(&container.id).kill(signal).map_err(|error| match error {
        RuntimeError::NotRunning => Error::Refused(Refusal::NotRunning(name)),
        other => Error::internal(format!("container '{name}'"), other),
    })
}
