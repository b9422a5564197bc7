//! Waiting until a change is true everywhere.

use std::time::Duration;

use tokio::time::timeout;

use super::Daemon;
use crate::{
    api::types::Wait,
    desired::State,
    model::Id,
    store::{Concern, Revision},
};

/// Waits until the dataplane of every living node holds what commits changed that concern it; names those
/// that do not when the time is over. Without a time it does not wait and names nobody.
pub(super) async fn everywhere(daemon: &Daemon, concern: &Concern, wait: Wait) -> Vec<String> {
    let revision = concern.last();
    if wait.timeout == 0 {
        return Vec::new();
    }
    let patience = Duration::from_secs(wait.timeout);
    match timeout(patience, all_there(daemon, revision)).await {
        Ok(()) => Vec::new(),
        Err(_) => late(daemon, revision),
    }
}

async fn all_there(daemon: &Daemon, revision: Revision) {
    let mut mirror = daemon.ledger.mirror.revision();
    while !daemon.ledger.read(|s| behind(s, &daemon.node, revision)).is_empty() {
        if mirror.changed().await.is_err() {
            return;
        }
    }
    // This node knows of itself; it need not read in the store what it has written there.
    let _ = daemon.applied.clone().wait_for(|applied| applied.revision >= revision).await;
}

fn late(daemon: &Daemon, revision: Revision) -> Vec<String> {
    let mut names = daemon.ledger.read(|s| behind(s, &daemon.node, revision));
    if daemon.applied.borrow().revision < revision {
        names.push(daemon.config.node.clone());
    }
    names
}

/// Names of living nodes, other than this one, that have not applied `revision`.
fn behind(state: &State, own: &Id, revision: Revision) -> Vec<String> {
    let late = state.live.iter().filter(|(node, applied)| *node != own && applied.applied < revision);
    late.map(|(node, _)| name(state, node)).collect()
}

fn name(state: &State, node: &Id) -> String {
    state.nodes.get(node).map_or_else(|| node.short().to_owned(), |n| n.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SignOfLife;

    #[test]
    fn laggards_are_living_nodes_below_the_revision() {
        let (own, fast, slow) = (Id::random(), Id::random(), Id::random());
        let mut state = State::default();
        state.live.insert(own.clone(), SignOfLife { applied: 5, mesh: 0 });
        state.live.insert(fast, SignOfLife { applied: 7, mesh: 0 });
        state.live.insert(slow.clone(), SignOfLife { applied: 6, mesh: 0 });
        assert_eq!(behind(&state, &own, 6), Vec::<String>::new());
        assert_eq!(behind(&state, &own, 7), vec![slow.short().to_owned()]);
    }
}
