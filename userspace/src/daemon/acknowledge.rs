//! Waiting until a change is true everywhere.

use std::time::Duration;

use super::Daemon;
use crate::{api::types::Wait, desired::State, model::Id, store::Revision};

/// Waits until the dataplane of every living node holds `revision`; names those that do not when
/// the time is over. Without a time it does not wait and names nobody.
pub(super) async fn everywhere(daemon: &Daemon, revision: Revision, wait: Wait) -> Vec<String> {
    if wait.timeout == 0 {
        return Vec::new();
    }
    let mut mirror = daemon.ledger.mirror.revision();
    let all_there = async {
        while !daemon.ledger.read(|s| behind(s, revision)).is_empty() {
            if mirror.changed().await.is_err() {
                return;
            }
        }
    };
    match tokio::time::timeout(Duration::from_secs(wait.timeout), all_there).await {
        Ok(()) => Vec::new(),
        Err(_) => daemon.ledger.read(|s| behind(s, revision)),
    }
}

/// Names of living nodes that have not applied `revision`.
fn behind(state: &State, revision: Revision) -> Vec<String> {
    let late = state.live.iter().filter(|(_, applied)| **applied < revision);
    late.map(|(node, _)| name(state, node)).collect()
}

fn name(state: &State, node: &Id) -> String {
    state.nodes.get(node).map_or_else(|| node.short().to_owned(), |n| n.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laggards_are_living_nodes_below_the_revision() {
        let (fast, slow) = (Id::random(), Id::random());
        let mut state = State::default();
        state.live.insert(fast, 7);
        state.live.insert(slow.clone(), 6);
        assert_eq!(behind(&state, 6), Vec::<String>::new());
        assert_eq!(behind(&state, 7), vec![slow.short().to_owned()]);
    }
}
