//! The dataplane, and the names that are answered, made as the store and the facts say, again and again.
//!
//! A thread of its own, so that no request waits for it and it waits for none: a change in the
//! mirror or in the facts wakes it; whatever changes meanwhile is one more round, not one each.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot, watch},
};

use super::{
    Daemon, audit,
    facts::{Facts, Generation},
    naming::{Named, Naming},
};
use crate::{
    desired::State,
    failpoint,
    kernel::{Dataplane, KernelError},
    plan::{self, Planner, Tables},
    store::{Mirror, Revision, schema::Part},
};

/// How soon a failed round is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How far the dataplane is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Applied {
    /// The desired state's last change that the dataplane holds ([`State::changed`]).
    pub(super) changed: u64,
    /// The parts that are known, each with the last change that the dataplane holds.
    pub(super) parts: BTreeMap<Part, Revision>,
    /// The last round's facts.
    pub(super) generation: Generation,
    /// The last round's desired state ([`State::changed`]).
    pub(super) tried: u64,
    /// Why the last round failed.
    pub(super) failure: Option<String>,
    /// Rounds that changed ports of all nodes, or may have.
    pub(super) port_changes: u64,
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
    /// Nothing has been planned yet.
    first: bool,
    audits: mpsc::Receiver<audit::Request>,
    found: Arc<audit::Record>,
    planner: Planner,
}

/// Where the reconciler tells how far it is.
pub(super) fn channel() -> (watch::Sender<Applied>, AppliedReceiver) {
    watch::channel(Applied::default())
}

/// Starts the thread; it ends when every receiver of `applied` is gone. The maps hold what was `observed`.
///
/// # Errors
/// Where no thread can be had.
pub(super) fn start(
    daemon: &Daemon,
    naming: Naming,
    observed: Tables,
    (applied, audits): (watch::Sender<Applied>, mpsc::Receiver<audit::Request>),
) -> std::io::Result<()> {
    let reconciler = Reconciler {
        dataplane: Arc::clone(&daemon.dataplane),
        mirror: Arc::clone(&daemon.ledger.mirror),
        facts: Arc::clone(&daemon.facts),
        naming,
        applied,
        tables: Some(observed),
        first: true,
        audits,
        found: Arc::clone(&daemon.audit.record),
        planner: Planner::default(),
    };
    let runtime = Handle::current();
    std::thread::Builder::new().name("reconcile".into()).spawn(move || runtime.block_on(reconciler.run()))?;
    Ok(())
}

impl Reconciler {
    async fn run(mut self) {
        let (mut desired, mut facts) = (self.mirror.revision(), self.facts.watch());
        let mut compared: Option<(oneshot::Sender<u64>, u64)> = None;
        loop {
            desired.mark_unchanged();
            facts.mark_unchanged();
            let failed = !self.round();
            if let Some((request, differences)) = compared.take() {
                // Whoever asked may have gone.
                let _: Result<(), u64> = request.send(differences);
            }
            tokio::select! {
                changed = desired.changed() => if changed.is_err() { return },
                _ = facts.changed() => {}
                () = self.applied.closed() => return,
                Some(request) = self.audits.recv() => match request {
                    audit::Request::Compare(asker) => compared = Some((asker, self.compare())),
                    audit::Request::Answer(asker) => drop(asker.send(())),
                },
                () = tokio::time::sleep(RETRY), if failed => {}
            }
        }
    }

    /// One round; false where it failed.
    fn round(&mut self) -> bool {
        let (generation, host) = self.facts.snapshot();
        let named = self.naming.follow(&self.mirror, &host.silent_nodes);
        if !named.anew && self.up_to_date(generation) {
            return true;
        }
        let observed = match self.observed() {
            Ok(tables) => tables,
            Err(error) => return self.failed(generation, &error),
        };
        let desired = self.mirror.read(|s: &State| self.planner.tables(s, &host, &observed));
        if mem::take(&mut self.first) {
            self.found.note(&audit::at_start(&desired, &observed));
        }
        match self.apply(&desired, &observed) {
            Ok(()) => {
                let before = self.applied.borrow().port_changes;
                let port_changes = before + u64::from(desired.ingress != observed.ingress);
                self.tables = Some(desired);
                // What was changed since the names were made is one more round.
                let Named { changed, parts, .. } = named;
                let failure = self.shortage();
                self.publish(Applied { changed, parts, generation, tried: changed, failure, port_changes });
                true
            }
            Err(error) => self.failed(generation, &error),
        }
    }

    /// Whether nothing has changed since the last round but what living nodes have applied.
    fn up_to_date(&self, generation: Generation) -> bool {
        let applied = self.applied.borrow();
        let changed = self.mirror.read(|s| s.changed);
        self.tables.is_some() && applied.changed == changed && applied.generation == generation
    }

    /// Reads the maps and compares them with what they should hold; the next round puts right what differs.
    fn compare(&mut self) -> u64 {
        let Some(should) = self.tables.take() else { return 0 };
        let Ok(found) = self.observed() else { return 0 };
        let mut differences = audit::differences(&should, &found);
        differences.extend(self.ingress_ports());
        differences.extend(self.front(&found));
        self.found.note(&differences);
        if differences.is_empty() {
            self.tables = Some(should);
        }
        differences.len() as u64
    }

    /// Ports of all nodes that the uplink's program did not find as they are; it does now.
    fn ingress_ports(&self) -> Vec<audit::Difference> {
        let synced = self.dataplane.lock().unwrap_or_else(PoisonError::into_inner).sync_ingress_ports();
        let ports = synced.inspect_err(|error| tracing::warn!(%error, "ports may be found by TCX alone"));
        let difference =
            |port| audit::Difference::new(audit::Kind::Ingress, format!("port {port} was not found by XDP"));
        ports.unwrap_or_default().into_iter().map(difference).collect()
    }

    /// What the programs found before the hash tables and was not so; now it is. Who can stand there does.
    fn front(&self, found: &Tables) -> Vec<audit::Difference> {
        let synced = self.dataplane.lock().unwrap_or_else(PoisonError::into_inner).sync_front(found);
        let wrong = synced.inspect_err(|error| tracing::warn!(%error, "some packets may take longer"));
        let difference =
            |what| audit::Difference::new(audit::Kind::Front, format!("{what} was another in front"));
        wrong.unwrap_or_default().into_iter().map(difference).collect()
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
        failpoint::pass("the dataplane is about to change");
        let applied = self.dataplane.lock().unwrap_or_else(PoisonError::into_inner).apply(&steps);
        failpoint::pass("the dataplane has changed");
        applied
    }

    /// What the tables had no room for in this round, which is in them but for that. Said once as long as it lasts.
    fn shortage(&self) -> Option<String> {
        let lines: Vec<_> = self.planner.short().map(|map| KernelError::full(map).to_string()).collect();
        let shortage = (!lines.is_empty()).then(|| lines.join("; "));
        if let Some(line) =
            shortage.as_ref().filter(|line| self.applied.borrow().failure.as_ref() != Some(line))
        {
            tracing::error!(error = line, "some services or backends are not reached from this node");
        }
        shortage
    }

    /// What was applied before the failure is not known: the next round reads it.
    fn failed(&mut self, generation: Generation, error: &KernelError) -> bool {
        self.tables = None;
        tracing::error!(%error, "the dataplane is not as it should be; trying again");
        let Applied { changed, parts, port_changes, .. } = self.applied.borrow().clone();
        let tried = self.mirror.read(|s| s.changed);
        let (failure, port_changes) = (Some(error.to_string()), port_changes + 1);
        self.publish(Applied { changed, parts, generation, tried, failure, port_changes });
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

/// Resolves if the thread ends before the daemon.
pub(super) fn ended(daemon: &Daemon) -> impl Future<Output = ()> + Send + 'static {
    let mut applied = daemon.applied.clone();
    async move { while applied.changed().await.is_ok() {} }
}

/// Whether it has.
pub(super) fn has_ended(daemon: &Daemon) -> bool {
    daemon.applied.has_changed().is_err()
}

/// Waits until the dataplane holds the desired state and the facts as this node knows them now.
///
/// # Errors
/// The line of a round that tried and failed.
pub(super) async fn settled(daemon: &Daemon) -> Result<(), String> {
    let (changed, generation) = (daemon.ledger.read(|s| s.changed), daemon.facts.snapshot().0);
    let mut applied = daemon.applied.clone();
    let reached = |a: &Applied| a.tried >= changed && a.generation >= generation;
    match applied.wait_for(reached).await {
        Ok(now) => now.failure.clone().map_or(Ok(()), Err),
        Err(_) => Err("the daemon is ending".into()),
    }
}
