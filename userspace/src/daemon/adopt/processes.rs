//! Containers' processes.

use std::sync::Arc;

use crate::{
    daemon::{Daemon, containers, exits},
    desired::State,
    model::{Container, ContainerState},
};

/// Goes through this node's containers: those that run are followed, those that ended meanwhile are
/// dealt with, those that were half made, or were to go at their end, are removed.
pub(in crate::daemon) async fn processes(daemon: &Arc<Daemon>) {
    // Docker's engine has its own, and says what becomes of them.
    let is_ours = |c: &&Container| c.node == daemon.node && c.docker.is_none();
    let ours = |s: &State| s.containers.values().filter(is_ours).cloned().collect();
    let containers: Vec<Container> = daemon.ledger.read(ours);
    for container in containers {
        match (&container.state, &container.process) {
            (ContainerState::Running { .. }, Some(_)) => exits::follow(daemon, container.id),
            (ContainerState::Created, _) => half_made(daemon, &container).await,
            (ContainerState::Exited { .. }, _) if container.remove_on_exit => {
                forget(daemon, &container).await;
            }
            _ => {}
        }
    }
}

/// The daemon died between recording the container and recording that it runs. Its process may be there
/// without its being written down: all of it ends before its directory goes.
async fn half_made(daemon: &Arc<Daemon>, container: &Container) {
    tracing::warn!(container = container.name, "it was only half made; it is removed");
    if let Err(error) = daemon.process(&container.id).end().await {
        tracing::warn!(container = container.name, %error, "it was not stopped");
    }
    forget(daemon, container).await;
}

async fn forget(daemon: &Arc<Daemon>, container: &Container) {
    if let Err(error) = containers::forget(daemon, container).await {
        tracing::warn!(container = container.name, %error, "it was not removed");
    }
}
