//! What keeps maps and socket hooks in the kernel when the daemon has ended: their pins.

use std::sync::{Arc, PoisonError};

use super::{Difference, Kind};
use crate::{
    daemon::{Daemon, Error, Result},
    kernel::Dataplane,
    runtime,
};

/// Looks whether maps are pinned and sockets are seen, where they are to be, and puts it right; what cannot be is
/// said.
pub(super) async fn look(daemon: &Daemon) -> Vec<Difference> {
    put_right(daemon).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "a map or a socket hook would not outlive the daemon");
        Vec::new()
    })
}

async fn put_right(daemon: &Daemon) -> Result<Vec<Difference>> {
    let (dataplane, sees_sockets) = (Arc::clone(&daemon.dataplane), daemon.sees_sockets);
    let look = move || {
        let mut dataplane = dataplane.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = maps(&dataplane)?;
        if sees_sockets {
            found.extend(sockets(&mut dataplane)?);
        }
        Ok::<_, Error>(found)
    };
    tokio::task::spawn_blocking(look).await.map_err(|e| Error::internal("audit", e))?
}

fn maps(dataplane: &Dataplane) -> Result<Vec<Difference>> {
    let pinned = dataplane.pin_again().map_err(|e| Error::Internal(e.to_string()))?;
    Ok(pinned.iter().map(|map| Difference::new(Kind::Pin, format!("map {map} had no pin"))).collect())
}

fn sockets(dataplane: &mut Dataplane) -> Result<Vec<Difference>> {
    let cgroup = runtime::cgroup_root().map_err(|e| Error::Internal(e.to_string()))?;
    let attached = dataplane.attach_sockets(&cgroup).map_err(|e| Error::Internal(e.to_string()))?;
    let what = |hook: &&str| format!("{hook} was not on cgroup {}", cgroup.display());
    Ok(attached.iter().map(|hook| Difference::new(Kind::Program, what(hook))).collect())
}
