//! Containers, found and shown.

use std::sync::Arc;

use crate::{
    api::types::{ContainerInspect, Exit},
    daemon::{Daemon, Error, Result, exits, inspect as shapes},
    desired::State,
    model::{Container, ContainerState, Id},
};

/// The container of this node that `name` names.
///
/// # Errors
/// Where there is none, or it lives on another node.
pub(crate) fn find(daemon: &Daemon, name: &str) -> Result<Container> {
    daemon.ledger.read(|state| {
        let container = state.container(name)?;
        if container.node == daemon.node { Ok(container.clone()) } else { Err(elsewhere(state, container)) }
    })
}

fn elsewhere(state: &State, container: &Container) -> Error {
    let node = state.nodes.get(&container.node).map_or(container.node.short(), |n| &n.name);
    Error::InTheWay(format!("container '{}' lives on node '{node}'; ask causewayd there", container.name))
}

/// This node's containers, the newest first; without `all` only those that run.
pub fn list(daemon: &Daemon, all: bool) -> Vec<ContainerInspect> {
    daemon.ledger.read(|state| {
        let here = state.containers.values().filter(|c| c.node == daemon.node);
        let mut shown: Vec<_> =
            here.filter(|c| all || matches!(c.state, ContainerState::Running { .. })).collect();
        shown.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.name.cmp(&b.name)));
        shown.into_iter().map(|c| shape(daemon, state, c)).collect()
    })
}

/// One container, of any node.
///
/// # Errors
/// Where there is none of that name.
pub fn inspect(daemon: &Daemon, name: &str) -> Result<ContainerInspect> {
    Ok(daemon.ledger.read(|s| s.container(name).map(|c| shape(daemon, s, c)))?)
}

fn shape(daemon: &Daemon, state: &State, container: &Container) -> ContainerInspect {
    shapes::container(state, container, &log_path(daemon, &container.id))
}

fn log_path(daemon: &Daemon, id: &Id) -> std::path::PathBuf {
    daemon.config.containers_dir().join(id.as_str()).join("log.json")
}

/// Waits for the end of a container's process.
///
/// # Errors
/// Where there is none of that name, or it has no process.
pub async fn wait(daemon: &Arc<Daemon>, name: &str) -> Result<Exit> {
    let container = find(daemon, name)?;
    if container.process.is_none() {
        return Err(Error::BadRequest(format!(
            "'{}' is an attached namespace: it has no process to wait for",
            container.name
        )));
    }
    Ok(Exit { code: exits::status_of(daemon, &container).await? })
}
