//! This node's sign of life: `live/<node>` under a lease, with the revision that its dataplane holds; and beside
//! it what it holds of the networks that the node takes part in.

use std::time::Duration;

use super::{Result, ledger::Ledger, reconcile::AppliedReceiver};
use crate::{
    desired::{self, State, node::Told},
    model::Id,
    store::{Lease, Revision, schema::Part},
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

    /// Writes each revision that was applied, until the lease is lost.
    async fn hold(&mut self, mut lease: Lease) {
        let mut mirror = self.ledger.mirror.revision();
        let (mut told, mut since) = (Told::default(), 0);
        loop {
            let now = self.now();
            if told != now {
                match self.write(&told, &now, lease.id).await {
                    Ok((next, _)) if told.sign == next.sign => told = next,
                    Ok((next, at)) => (told, since) = (next, at),
                    Err(error) => return self.hindered(error.to_string()),
                }
                self.hindrance = None;
                continue;
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

    /// What there is to tell now.
    fn now(&mut self) -> Told {
        let networks = self.ledger.read(|s| s.networks_of_node(&self.node));
        Told::of(&self.applied.borrow_and_update().parts, networks)
    }

    async fn write(&self, told: &Told, now: &Told, lease: i64) -> Result<(Told, Revision)> {
        let decide = |s: &_| desired::node::tell(s, (&self.node, &self.machine), told, now, lease);
        let (next, txn) = self.ledger.read(decide)?;
        Ok((next, self.ledger.store.commit(txn).await?))
    }

    /// Whether the sign of life that was given at revision `since` is not there any more.
    fn is_missed(&self, since: Revision) -> bool {
        let is_seen = |s: &State| s.revision_of(&Part::Cluster).is_some_and(|seen| seen >= since);
        self.ledger.read(|s| is_seen(s) && !s.live.contains_key(&self.node))
    }

    fn hindered(&mut self, why: String) {
        if self.hindrance.as_ref() != Some(&why) {
            tracing::warn!(reason = why, "no sign of life can be given; this node may count as down");
            self.hindrance = Some(why);
        }
    }
}
