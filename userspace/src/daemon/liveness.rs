//! This node's sign of life: `live/<node>` under a lease, with the revision that its dataplane holds.

use std::{sync::Arc, time::Duration};

use super::reconcile::AppliedReceiver;
use crate::{
    desired,
    model::Id,
    store::{Lease, Revision, Store, StoreError},
};

/// Pause before a store that does not answer is asked again.
const RETRY: Duration = Duration::from_millis(500);

/// What the sign of life is written with.
pub(super) struct Liveness {
    pub(super) store: Arc<dyn Store>,
    pub(super) node: Id,
    pub(super) ttl: Duration,
    pub(super) applied: AppliedReceiver,
}

impl Liveness {
    /// Keeps the sign of life until the task is dropped. A lease that was lost is granted anew.
    pub(super) async fn run(mut self) {
        loop {
            match self.store.lease(self.ttl).await {
                Ok(lease) => self.hold(lease).await,
                Err(error) => tracing::warn!(%error, "no lease; this node may count as down"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Writes each applied revision, until the lease is lost.
    async fn hold(&mut self, mut lease: Lease) {
        let mut written = None;
        loop {
            let revision = self.applied.borrow_and_update().revision;
            if written != Some(revision) {
                match self.write(revision, lease.id).await {
                    Ok(()) => written = Some(revision),
                    Err(error) => {
                        tracing::warn!(%error, "the applied revision could not be reported");
                        return;
                    }
                }
            }
            tokio::select! {
                lost = lease.lost.wait_for(|lost| *lost) => {
                    drop(lost);
                    tracing::warn!("the lease was lost; asking for a new one");
                    return;
                }
                changed = self.applied.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn write(&self, revision: Revision, lease: i64) -> Result<(), StoreError> {
        self.store.commit(desired::node::alive(&self.node, revision, lease)).await.map(|_| ())
    }
}
