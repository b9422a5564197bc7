//! The dataplane, and the names that are answered, made as the store and the facts say, again and again.
//!
//! A thread of its own, so that no request waits for it and it waits for none: a change in the
//! mirror or in the facts wakes it; whatever changes meanwhile is one more round, not one each.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{runtime::Handle, sync::watch, time::Instant};

use super::{
    Daemon,
    facts::{Facts, Generation},
    naming::Naming,
};
use crate::{
    kernel::{Dataplane, KernelError},
    plan::{self, Planner, Tables},
    store::{Mirror, Revision},
};

/// How often what the maps hold is read back, in case somebody else changed them.
const AUDIT: Duration = Duration::from_secs(30);
/// How soon a failed round is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How far the dataplane is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Applied {
    /// The desired state's last change that the dataplane holds.
    pub(super) revision: Revision,
    /// The last round's facts.
    pub(super) generation: Generation,
    /// The last round's desired state.
    pub(super) tried: Revision,
    /// Why the last round failed.
    pub(super) failure: Option<String>,
}

pub(super) type AppliedReceiver = watch::Receiver<Applied>;

/// What a round needs.
struct Reconciler {
    dataplane: Arc<Mutex<Dataplane>>,
    mirror: Arc<Mirror>,
    facts: Arc<Facts>,
    naming: Naming,
    applied: watch::Sender<Applied>,
    /// What the maps hold; `None` when that has to be read.
    tables: Option<Tables>,
    planner: Planner,
}

/// Where the reconciler tells how far it is.
pub(super) fn channel() -> (watch::Sender<Applied>, AppliedReceiver) {
    watch::channel(Applied::default())
}

/// Starts the thread; it ends when every receiver of `applied` is gone.
///
/// # Errors
/// Where no thread can be had.
pub(super) fn start(daemon: &Daemon, naming: Naming, applied: watch::Sender<Applied>) -> std::io::Result<()> {
    let reconciler = Reconciler {
        dataplane: Arc::clone(&daemon.dataplane),
        mirror: Arc::clone(&daemon.ledger.mirror),
        facts: Arc::clone(&daemon.facts),
        naming,
        applied,
        tables: None,
        planner: Planner::default(),
    };
    let runtime = Handle::current();
    std::thread::Builder::new().name("reconcile".into()).spawn(move || runtime.block_on(reconciler.run()))?;
    Ok(())
}

impl Reconciler {
    async fn run(mut self) {
        let (mut desired, mut facts) = (self.mirror.revision(), self.facts.watch());
        let mut audit = Instant::now() + AUDIT;
        loop {
            desired.mark_unchanged();
            facts.mark_unchanged();
            let next = if self.round() { audit } else { Instant::now() + RETRY };
            tokio::select! {
                changed = desired.changed() => if changed.is_err() { return },
                _ = facts.changed() => {}
                () = self.applied.closed() => return,
                () = tokio::time::sleep_until(next) => {
                    self.tables = None;
                    audit = Instant::now() + AUDIT;
                }
            }
        }
    }

    /// One round; false where it failed.
    fn round(&mut self) -> bool {
        let named = self.naming.follow(&self.mirror);
        let (generation, host) = self.facts.snapshot();
        if !named.anew && self.up_to_date(generation) {
            return true;
        }
        let observed = match self.observed() {
            Ok(tables) => tables,
            Err(error) => return self.failed(generation, &error),
        };
        let plan = |s: &crate::desired::State| (s.changed, self.planner.tables(s, &host, &observed));
        let (revision, desired) = self.mirror.read(plan);
        match self.apply(&desired, &observed) {
            Ok(()) => {
                self.tables = Some(desired);
                // What was changed since the names were made is one more round.
                let revision = revision.min(named.revision);
                self.publish(Applied { revision, generation, tried: revision, failure: None });
                true
            }
            Err(error) => self.failed(generation, &error),
        }
    }

    /// Whether nothing has changed since the last round but what living nodes have applied.
    fn up_to_date(&self, generation: Generation) -> bool {
        let applied = self.applied.borrow();
        let revision = self.mirror.read(|s| s.changed);
        self.tables.is_some() && applied.revision == revision && applied.generation == generation
    }

    fn observed(&mut self) -> Result<Tables, KernelError> {
        match self.tables.take() {
            Some(tables) => Ok(tables),
            None => self.dataplane.lock().unwrap_or_else(PoisonError::into_inner).observe(),
        }
    }

    fn apply(&self, desired: &Tables, observed: &Tables) -> Result<(), KernelError> {
        let steps = plan::diff(desired, observed);
        if steps.is_empty() {
            return Ok(());
        }
        tracing::debug!(steps = steps.len(), "the dataplane changes");
        self.dataplane.lock().unwrap_or_else(PoisonError::into_inner).apply(&steps)
    }

    /// What was applied before the failure is not known: the next round reads it.
    fn failed(&mut self, generation: Generation, error: &KernelError) -> bool {
        self.tables = None;
        tracing::error!(%error, "the dataplane is not as it should be; trying again");
        let revision = self.applied.borrow().revision;
        let tried = self.mirror.read(|s| s.changed);
        self.publish(Applied { revision, generation, tried, failure: Some(error.to_string()) });
        false
    }

    fn publish(&self, applied: Applied) {
        self.applied.send_if_modified(|old| {
            let differs = *old != applied;
            *old = applied;
            differs
        });
    }
}

/// Waits until the dataplane holds `revision` of the desired state and `generation` of the facts.
///
/// # Errors
/// The line of a round that tried and failed.
pub(super) async fn settled(
    applied: &AppliedReceiver,
    revision: Revision,
    generation: Generation,
) -> Result<(), String> {
    let mut applied = applied.clone();
    let reached = |a: &Applied| a.tried >= revision && a.generation >= generation;
    match applied.wait_for(reached).await {
        Ok(now) => now.failure.clone().map_or(Ok(()), Err),
        Err(_) => Err("the daemon is ending".into()),
    }
}
