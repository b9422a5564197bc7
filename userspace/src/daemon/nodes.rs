//! Nodes: shown, drained, taken back, removed.

mod removal;

use std::sync::Arc;

use super::{Daemon, Result, acknowledge, inspect, operation};
use crate::{
    api::types::{Changed, NodeInspect, NodeUpdate, Wait},
    desired::{self, State},
};

/// All nodes, by name.
pub fn list(daemon: &Daemon) -> Vec<NodeInspect> {
    let all = |s: &State| s.nodes.values().map(|n| inspect::node(s, n, &daemon.node)).collect();
    let mut nodes: Vec<NodeInspect> = daemon.ledger.read(all);
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    nodes
}

/// One node.
///
/// # Errors
/// Where there is none of that name.
pub fn inspect(daemon: &Daemon, name: &str) -> Result<NodeInspect> {
    Ok(daemon.ledger.read(|s| s.node(name).map(|n| inspect::node(s, n, &daemon.node)))?)
}

/// Drains a node or takes it back, and waits until every node knows it.
///
/// # Errors
/// Where there is none of that name; the store's error.
pub async fn update(daemon: &Arc<Daemon>, name: &str, request: NodeUpdate, wait: Wait) -> Result<Changed> {
    let (daemon, name) = (Arc::clone(daemon), name.to_owned());
    operation::whole(async move {
        let decide = |s: &State| desired::node::update(s, &name, request.availability);
        let (node, concern) = daemon.ledger.commit(decide).await?;
        tracing::info!(node = node.name, availability = ?node.availability, "updated");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}

/// Removes a node that is down, with `force` also one that has containers, and waits until every node
/// knows it.
///
/// # Errors
/// The refusal where it is alive, in use or unknown; the store's error.
pub async fn remove(daemon: &Arc<Daemon>, name: &str, force: bool, wait: Wait) -> Result<Changed> {
    let (daemon, name) = (Arc::clone(daemon), name.to_owned());
    operation::whole(async move {
        let (id, concern) = removal::all_steps(&daemon.ledger, &name, force).await?;
        tracing::info!(node = name, id = id.short(), "removed");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}
