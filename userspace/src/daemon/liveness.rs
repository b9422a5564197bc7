//! This node's sign of life: `live/<node>` under a lease, with the revision that its dataplane holds.

use std::time::Duration;

use super::{Result, ledger::Ledger, reconcile::AppliedReceiver};
use crate::{
    desired,
    model::{Id, SignOfLife},
    store::{Lease, Revision},
};

/// Pause before a store that does not answer is asked again.
const RETRY: Duration = Duration::from_millis(500);

/// What the sign of life is written with.
pub(super) struct Liveness {
    pub(super) ledger: Ledger,
    pub(super) node: Id,
    /// Where this daemon runs: what has the node's id elsewhere is not this node.
    pub(super) machine: String,
    pub(super) ttl: Duration,
    pub(super) applied: AppliedReceiver,
    /// Why the last sign of life was not given; said once.
    pub(super) hindrance: Option<String>,
}

impl Liveness {
    /// Keeps the sign of life until the task is dropped. A lease that was lost is granted anew.
    pub(super) async fn run(mut self) {
        loop {
            match self.ledger.store.lease(self.ttl).await {
                Ok(lease) => self.hold(lease).await,
                Err(error) => self.hindered(error.to_string()),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Writes each applied revision, until the lease is lost.
    async fn hold(&mut self, mut lease: Lease) {
        let mut mirror = self.ledger.mirror.revision();
        let (mut written, mut since) = (None, 0);
        loop {
            let revision = self.applied.borrow_and_update().revision;
            if written != Some(revision) {
                match self.write(revision, lease.id).await {
                    Ok(at) => (written, since, self.hindrance) = (Some(revision), at, None),
                    Err(error) => return self.hindered(error.to_string()),
                }
            }
            tokio::select! {
                lost = lease.lost.wait_for(|lost| *lost) => {
                    drop(lost);
                    return tracing::warn!("the lease was lost; asking for a new one");
                }
                changed = mirror.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    // That is seen sooner than the lease's next renewal fails.
                    if self.is_missed(since) {
                        return tracing::warn!("the sign of life is gone; giving another");
                    }
                }
                changed = self.applied.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn write(&self, revision: Revision, lease: i64) -> Result<Revision> {
        let sign = SignOfLife { applied: revision, mesh: revision };
        let decide = |s: &_| desired::node::alive(s, &self.node, &self.machine, &sign, lease);
        let ((), txn) = self.ledger.read(decide)?;
        Ok(self.ledger.store.commit(txn).await?)
    }

    /// Whether the sign of life that was given at revision `since` is not there any more.
    fn is_missed(&self, since: Revision) -> bool {
        self.ledger.read(|s| s.revision >= since && !s.live.contains_key(&self.node))
    }

    fn hindered(&mut self, why: String) {
        if self.hindrance.as_ref() != Some(&why) {
            tracing::warn!(reason = why, "no sign of life can be given; this node may count as down");
            self.hindrance = Some(why);
        }
    }
}
