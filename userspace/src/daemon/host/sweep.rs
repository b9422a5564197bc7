//! Flows that are over, removed now and then: the programs only take them for absent.

use std::{
    net::Ipv4Addr,
    sync::{Arc, PoisonError},
    time::Duration,
};

use crate::daemon::Daemon;

/// Between two looks: short against the shortest timeout of an answered flow that many may have.
const PAUSE: Duration = Duration::from_secs(10);

/// Sweeps until the task is dropped.
pub(in crate::daemon) async fn sweep(daemon: Arc<Daemon>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let dataplane = Arc::clone(&daemon.dataplane);
        let swept = move || dataplane.lock().unwrap_or_else(PoisonError::into_inner).sweep();
        match tokio::task::spawn_blocking(swept).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(entries)) => tracing::debug!(entries, "flows are over"),
            Ok(Err(error)) => tracing::warn!(%error, "flows that are over stay"),
        }
    }
}

/// Removes the flows of an address that is a container's no longer: its next holder begins anew.
pub(in crate::daemon) async fn forget_flows(daemon: &Daemon, addr: Ipv4Addr) {
    let dataplane = Arc::clone(&daemon.dataplane);
    let forget = move || dataplane.lock().unwrap_or_else(PoisonError::into_inner).forget(addr);
    if let Ok(Err(error)) = tokio::task::spawn_blocking(forget).await {
        tracing::warn!(%addr, %error, "flows of a container that is gone stay");
    }
}
