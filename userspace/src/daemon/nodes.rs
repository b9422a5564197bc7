//! Nodes, shown.

use super::{Daemon, Result, inspect};
use crate::{api::types::NodeInspect, desired::State};

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
