//! Rings of ports of all nodes are settled when they have stood for long enough, and tracked conversations
//! that are over are forgotten.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use causeway_common::Ingress;
use tokio::{sync::watch, task::spawn_blocking, time::sleep_until};

use super::standing::{Standing, Verdict};
use crate::{
    daemon::{Daemon, reconcile::AppliedReceiver, tuning::Tuning},
    kernel::{Dataplane, KernelError, TrackedWalk},
};

/// How often tracked conversations are looked at, while there may be some.
const SWEEP: Duration = Duration::from_secs(5);
/// How long nothing has to be looked at where nothing changes.
const QUIET: Duration = Duration::from_secs(3600);

/// Follows the dataplane's ports until the task is dropped.
pub(in crate::daemon) async fn follow(daemon: Arc<Daemon>) {
    let (mut applied, mut standing) = (daemon.applied.clone(), Standing::default());
    let (mut swept, mut tracked) = (None, None);
    let mut tuning = daemon.tuning.subscribe();
    loop {
        let seen = applied.borrow_and_update().port_changes;
        tuning.mark_unchanged();
        let verdict = match look(&daemon, &mut standing, tracked.take()).await {
            Ok(verdict) => verdict,
            Err(error) => {
                tracing::warn!(%error, "the mesh's ports cannot be looked at");
                Verdict { tracks: true, ..Verdict::default() }
            }
        };
        let wait = rest(&verdict, &mut swept);
        daemon.facts.change(|host| host.settled = verdict.settled);
        if changed_before((&mut applied, seen), &mut tuning, wait).await {
            continue;
        }
        if verdict.tracks && swept.is_none_or(|at: Instant| at.elapsed() >= SWEEP) {
            swept = Some(Instant::now());
            tracked = sweep(&daemon).await;
        }
    }
}

/// When to look again.
fn rest(verdict: &Verdict, swept: &mut Option<Instant>) -> Instant {
    let now = Instant::now();
    let sweep = if verdict.tracks { swept.map_or(now, |at| at + SWEEP) } else { now + QUIET };
    verdict.next.map_or(sweep, |next| next.min(sweep)).max(now)
}

/// Whether the dataplane's ports, or the configuration, changed before that moment.
async fn changed_before(
    (applied, seen): (&mut AppliedReceiver, u64),
    tuning: &mut watch::Receiver<Tuning>,
    moment: Instant,
) -> bool {
    tokio::select! {
        // The sender is the daemon's own.
        _ = tuning.changed() => true,
        changed = other_ports(applied, seen) => {
            if !changed {
                std::future::pending::<()>().await;
            }
            true
        }
        () = sleep_until(moment.into()) => false,
    }
}

/// Resolves when the ports may be others than after so many changes; false where there will be no more.
async fn other_ports(applied: &mut AppliedReceiver, seen: u64) -> bool {
    applied.wait_for(|applied| applied.port_changes != seen).await.is_ok()
}

async fn look(
    daemon: &Daemon,
    standing: &mut Standing,
    tracked: Option<BTreeSet<u32>>,
) -> Result<Verdict, KernelError> {
    let window = daemon.tuning.borrow().mesh.window();
    let ports = with(daemon, |dataplane| dataplane.ingress()).await?;
    let ports: Vec<Ingress> = ports.into_iter().map(|(_, port)| port).collect();
    Ok(standing.look(ports.iter(), tracked.as_ref(), window, Instant::now()))
}

/// Forgets what is over, and says which services have tracked conversations left.
async fn sweep(daemon: &Daemon) -> Option<BTreeSet<u32>> {
    let mut walk = TrackedWalk::default();
    while !walk.is_over() {
        let piece = move |dataplane: &mut Dataplane| dataplane.sweep_tracked_next(&mut walk).map(|()| walk);
        match with(daemon, piece).await {
            Ok(further) => walk = further,
            Err(error) => {
                tracing::warn!(%error, "tracked conversations that are over stay");
                return None;
            }
        }
    }
    Some(walk.services)
}

/// Works on the dataplane where that keeps nobody waiting.
async fn with<T: Send + 'static>(
    daemon: &Daemon,
    work: impl FnOnce(&mut Dataplane) -> Result<T, KernelError> + Send + 'static,
) -> Result<T, KernelError> {
    let dataplane = Arc::clone(&daemon.dataplane);
    let done = spawn_blocking(move || work(&mut dataplane.lock().unwrap_or_else(PoisonError::into_inner)));
    done.await.unwrap_or_else(|error| Err(KernelError::Missing(error.to_string())))
}
