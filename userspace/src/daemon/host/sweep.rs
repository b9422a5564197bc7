//! Flows that are over, removed now and then: the programs only take them for absent.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use crate::{
    daemon::Daemon,
    kernel::{Dataplane, FlowWalk, KernelError},
};

/// Between two looks: short against the shortest timeout of an answered flow that many may have.
const PAUSE: Duration = Duration::from_secs(10);

/// Between two pieces of a walk: time for whoever waits for the dataplane.
const BREATH: Duration = Duration::from_micros(200);

/// Sweeps until the task is dropped.
pub(in crate::daemon) async fn sweep(daemon: Arc<Daemon>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let dataplane = Arc::clone(&daemon.dataplane);
        let swept = move || walk(&dataplane, Dataplane::sweep_next);
        match tokio::task::spawn_blocking(swept).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(entries)) => tracing::debug!(entries, "flows are over"),
            Ok(Err(error)) => tracing::warn!(%error, "flows that are over stay"),
        }
    }
}

/// Removes the flows of an address that is a container's no longer: its next holder begins anew. It begins at once,
/// and the answer resolves when they are gone.
pub(in crate::daemon) fn forget_flows(daemon: &Daemon, addr: Ipv4Addr) -> impl Future<Output = ()> + use<> {
    let dataplane = Arc::clone(&daemon.dataplane);
    let forget = move || walk(&dataplane, |dataplane, walk| dataplane.forget_next(walk, addr));
    let forgotten = tokio::task::spawn_blocking(forget);
    async move {
        if let Ok(Err(error)) = forgotten.await {
            tracing::warn!(%addr, %error, "flows of a container that is gone stay");
        }
    }
}

/// Walks through the flows piece by piece; how many entries went. In between others have the dataplane: a
/// backend that dies is taken out of the rings at once, however many flows there are.
fn walk(
    dataplane: &Mutex<Dataplane>,
    piece: impl Fn(&mut Dataplane, &mut FlowWalk) -> Result<usize, KernelError>,
) -> Result<usize, KernelError> {
    let (mut walk, mut removed) = (FlowWalk::default(), 0);
    while !walk.is_over() {
        removed += piece(&mut dataplane.lock().unwrap_or_else(PoisonError::into_inner), &mut walk)?;
        if walk.is_within_a_table() {
            thread::sleep(BREATH);
        }
    }
    Ok(removed)
}
