//! Removing a node: as many transactions as it has containers and networks of its own, decided on the
//! whole store, of which this node's copy need not have all.

use crate::{
    daemon::{Result, ledger::Ledger},
    desired::{self, State},
    model::Id,
    store::{Change, Concern, KeyChange, Revision, StoreError, Txn, Write},
};

/// How often others may be faster before the removal is given up.
const CONFLICTS: u32 = 32;

/// Carries the whole removal out; the node's id, and whom that concerns.
///
/// # Errors
/// The refusal; the store's error. What was removed until then stays so; to ask again goes on.
pub(super) async fn all_steps(ledger: &Ledger, name: &str, force: bool) -> Result<(Id, Concern)> {
    let mut state = ledger.whole().await?;
    // Its own name may be another node's a moment later.
    let id = state.node(name)?.id.clone();
    let (mut conflicts, mut concern) = (0, Concern::default());
    loop {
        let (removal, txn) = desired::node::remove(&state, id.as_str(), force)?;
        match ledger.in_time(ledger.store.commit(txn.clone())).await {
            Ok(revision) => {
                concern.merge(Concern::of(&txn, revision));
                if removal.done {
                    ledger.echo(&concern).await;
                    return Ok((id, concern));
                }
                follow(&mut state, txn, revision);
            }
            Err(StoreError::Conflict) if conflicts < CONFLICTS => {
                conflicts += 1;
                state = ledger.whole().await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Carries out in `state` what was just committed: reading all of it again for each step would take long.
fn follow(state: &mut State, txn: Txn, revision: Revision) {
    let key = |write| -> KeyChange {
        match write {
            Write::Put { key, value, .. } => (key, Some(value)),
            Write::Delete(key) => (key, None),
        }
    };
    state.apply(&Change { revision, keys: txn.writes.into_iter().map(key).collect() });
}
