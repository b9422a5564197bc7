//! Programs put on the host's ends of pairs: from then on packets are carried.

use std::sync::{Arc, PoisonError};

use tokio::task::{JoinHandle, spawn_blocking};

use super::{Daemon, Error, Result, endpoints::Laid};
use crate::{
    failpoint,
    kernel::{Hook, KernelError},
};

/// Puts the program on pairs that the tables know already, and returns when it looks after them.
///
/// The kernel's answer takes its time; the container's own packet that is answered is proof, too. What
/// is done then besides is to pin the link: a daemon that is killed before puts the program on again
/// when it starts.
///
/// # Errors
/// One line that names the interface.
pub(super) async fn carry(daemon: &Daemon, pairs: Vec<Laid>) -> Result<()> {
    for pair in pairs {
        let Laid { host_name, ifindex, asker } = pair;
        let mut attached = start(daemon, host_name, ifindex);
        // The kernel lets who closes such a socket wait for a grace period, too: that is nobody's.
        let asked = spawn_blocking(move || (asker.is_answered_soon(), asker));
        tokio::select! {
            done = &mut attached => finished(done)?,
            Ok((true, asker)) = asked => {
                drop(tokio::spawn(see_through(attached)));
                drop(spawn_blocking(move || drop(asker)));
            }
        }
    }
    Ok(())
}

/// Puts the program on the host's end of a pair.
///
/// # Errors
/// One line that names the interface.
pub(super) async fn attach(daemon: &Daemon, host_name: String, ifindex: u32) -> Result<()> {
    finished(start(daemon, host_name, ifindex).await)
}

type Attached = std::result::Result<(), KernelError>;

fn start(daemon: &Daemon, host_name: String, ifindex: u32) -> JoinHandle<Attached> {
    let (dataplane, grace_periods) = (Arc::clone(&daemon.dataplane), Arc::clone(&daemon.grace_periods));
    spawn_blocking(move || {
        let _hurry = grace_periods.hurry();
        let mut dataplane = dataplane.lock().unwrap_or_else(PoisonError::into_inner);
        failpoint::pass("a program is about to be attached");
        let attached = dataplane.attach(Hook::FromContainer, &host_name, ifindex);
        failpoint::pass("a program is attached");
        attached
    })
}

fn finished(attached: std::result::Result<Attached, tokio::task::JoinError>) -> Result<()> {
    attached.map_err(|e| Error::internal("attach", e))?.map_err(|e| Error::Internal(e.to_string()))
}

async fn see_through(attached: JoinHandle<Attached>) {
    if let Err(error) = finished(attached.await) {
        tracing::error!(%error, "a program does not stay on its interface");
    }
}
