//! `run`, its second half: the process.

use std::{sync::Arc, time::Duration};

use super::{files, find};
use crate::{
    api::types::{Changed, Wait},
    daemon::{Daemon, Error, Result, acknowledge, exits, operation, times},
    desired::{self, Refusal, State},
    model::{Container, ContainerState, NetworkMode},
    runtime::Spec,
    store::Concern,
};

/// Starts a created container's process. A backend's start is waited for: conversations find it on every
/// node then.
///
/// # Errors
/// [`Error::NotExecuted`] where the command is to blame: the container has then ended with 126 or 127.
pub async fn start(daemon: &Arc<Daemon>, name: &str, wait: Wait) -> Result<Changed> {
    let (daemon, container) = (Arc::clone(daemon), find(daemon, name).await?);
    operation::whole(async move {
        let turn = daemon.serial.turn(&container.id).await;
        let container = startable(find(&daemon, container.id.as_str()).await?)?;
        match spawn(&daemon, &container).await {
            Ok(pid) => {
                let concern = record(&daemon, &container, pid).await?;
                drop(turn);
                let wait = if container.services.is_empty() { Wait { timeout: 0 } } else { wait };
                Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
            }
            Err(Error::NotExecuted { code, message }) => {
                drop(turn);
                exits::told(&daemon, &container.id, code).await;
                Err(Error::NotExecuted { code, message })
            }
            Err(error) => Err(error),
        }
    })
    .await
}

fn startable(container: Container) -> Result<Container> {
    let refuse = |refusal: Refusal| Err(Error::Refused(refusal));
    match (&container.state, &container.process) {
        (_, None) => refuse(Refusal::IsAttachment(container.name)),
        (ContainerState::Created, _) => Ok(container),
        (ContainerState::Running { .. }, _) => refuse(Refusal::Running(container.name)),
        (ContainerState::Exited { .. }, _) => refuse(Refusal::HasRun(container.name)),
    }
}

/// The process; a command that cannot be executed is the caller's fault.
async fn spawn(daemon: &Daemon, container: &Container) -> Result<u32> {
    let Some(process) = &container.process else {
        return Err(Refusal::IsAttachment(container.name.clone()).into());
    };
    let spec = Spec {
        netns: (container.network_mode != NetworkMode::Host).then(|| container.netns.clone()),
        files: Some(files::prepare(daemon, container)?),
        hostname: files::hostname_of(daemon, container),
        command: process.command.clone(),
        env: process.env.clone(),
    };
    let started = daemon.process(&container.id).start(&spec).await;
    started.map(|running| running.pid).map_err(|error| match error.exit_code() {
        Some(code) => Error::NotExecuted { code, message: error.to_string() },
        None => Error::internal(format!("container '{}'", container.name), error),
    })
}

/// Records that the process runs. A store that does not take it is told to the user, and nothing runs then.
async fn record(daemon: &Arc<Daemon>, container: &Container, pid: u32) -> Result<Concern> {
    let now = times::now();
    let decide = |s: &State| desired::container::start(s, container.id.as_str(), pid, now);
    let recorded = daemon.ledger.commit(decide).await;
    if recorded.is_err()
        && let Err(error) = daemon.process(&container.id).stop(Duration::ZERO).await
    {
        tracing::warn!(container = container.name, %error, "it was not stopped");
    }
    exits::follow(daemon, container.id.clone());
    recorded.map(|(_, concern)| concern)
}
