//! Programs put on the host's ends of pairs: from then on packets are carried.

use std::sync::{Arc, PoisonError};

use super::{Daemon, Error, Result, endpoints::Laid};
use crate::{failpoint, kernel::Hook};

/// Puts the program on pairs that the tables know already, and returns when it looks after them.
///
/// # Errors
/// One line that names the interface.
pub(super) async fn carry(daemon: &Daemon, pairs: Vec<Laid>) -> Result<()> {
    for Laid { host_name, ifindex, .. } in pairs {
        attach(daemon, host_name, ifindex).await?;
    }
    Ok(())
}

/// Puts the program on the host's end of a pair.
///
/// # Errors
/// One line that names the interface.
pub(super) async fn attach(daemon: &Daemon, host_name: String, ifindex: u32) -> Result<()> {
    let (dataplane, grace_periods) = (Arc::clone(&daemon.dataplane), Arc::clone(&daemon.grace_periods));
    let attach = move || {
        let _hurry = grace_periods.hurry();
        let mut dataplane = dataplane.lock().unwrap_or_else(PoisonError::into_inner);
        failpoint::pass("a program is about to be attached");
        let attached = dataplane.attach(Hook::FromContainer, &host_name, ifindex);
        failpoint::pass("a program is attached");
        attached
    };
    let attached = tokio::task::spawn_blocking(attach).await;
    attached.map_err(|e| Error::internal("attach", e))?.map_err(|e| Error::Internal(e.to_string()))
}
