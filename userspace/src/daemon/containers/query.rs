//! Containers, found and shown.

use std::sync::Arc;

use crate::{
    api::types::{ContainerInspect, Exit},
    daemon::{Daemon, Error, Result, exits, inspect as shapes},
    desired::{Refusal, State},
    model::{Container, ContainerState, Id},
    store::{Following, schema::Part},
};

/// The container of this node that `name` names.
///
/// # Errors
/// Where there is none, or it lives on another node; the store's error where this node has none of that name.
pub(crate) async fn find(daemon: &Daemon, name: &str) -> Result<Container> {
    let (container, _) = find_anywhere(daemon, name).await?;
    if container.node == daemon.node {
        return Ok(container);
    }
    let node = daemon.ledger.read(|s| s.node_name(&container.node).to_owned());
    Err(Error::InTheWay(format!(
        "container '{}' lives on node '{node}'; ask causewayd there",
        container.name
    )))
}

/// The container of any node that `name` names; one of another node by its whole name only. What is said of
/// it in the store is known as long as the second part of the answer is there.
///
/// # Errors
/// Where there is none; the store's error where this node has none of that name.
pub(crate) async fn find_anywhere(daemon: &Daemon, name: &str) -> Result<(Container, Vec<Following>)> {
    match daemon.ledger.read(|s| s.container(name).cloned()) {
        Ok(container) if container.node == daemon.node => Ok((container, Vec::new())),
        Err(refusal @ Refusal::Ambiguous { .. }) => Err(refusal.into()),
        Ok(_) | Err(_) => elsewhere(daemon, name).await,
    }
}

async fn elsewhere(daemon: &Daemon, name: &str) -> Result<(Container, Vec<Following>)> {
    let mut following = Vec::new();
    if let Some(place) = daemon.ledger.place(name).await? {
        following.push(daemon.ledger.follow([Part::Node(place.node)]).await?);
    }
    let container = daemon.ledger.read(|s| s.container(name).cloned())?;
    let networks = container.networks.iter().cloned().map(Part::Network);
    following.push(daemon.ledger.follow(networks).await?);
    Ok((container, following))
}

/// This node's containers, the newest first; without `all` only those that run.
pub fn list(daemon: &Daemon, all: bool) -> Vec<ContainerInspect> {
    daemon.ledger.read(|state| {
        let is_container = |c: &&Container| c.docker.is_none() || c.is_in_sandbox();
        let here = state.containers.values().filter(|c| c.node == daemon.node).filter(is_container);
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
pub async fn inspect(daemon: &Daemon, name: &str) -> Result<ContainerInspect> {
    let (container, _following) = find_anywhere(daemon, name).await?;
    Ok(daemon.ledger.read(|s| shape(daemon, s, &container)))
}

fn shape(daemon: &Daemon, state: &State, container: &Container) -> ContainerInspect {
    // Where another node keeps it is not known here.
    let here = container.node == daemon.node;
    let log = if here { log_path(daemon, &container.id) } else { std::path::PathBuf::new() };
    shapes::container(state, container, &log)
}

fn log_path(daemon: &Daemon, id: &Id) -> std::path::PathBuf {
    daemon.config.containers_dir().join(id.as_str()).join("log.json")
}

/// Waits for the end of a container's process.
///
/// # Errors
/// Where there is none of that name, or it has no process.
pub async fn wait(daemon: &Arc<Daemon>, name: &str) -> Result<Exit> {
    let container = find(daemon, name).await?;
    if container.process.is_none() {
        return Err(Error::BadRequest(format!(
            "'{}' is an attached namespace: it has no process to wait for",
            container.name
        )));
    }
    Ok(Exit { code: exits::status_of(daemon, &container).await? })
}
