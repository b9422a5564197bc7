//! What is in the kernel compared with what should be, at the start and again and again: differences are
//! put right, counted by kind, and said.
//!
//! ```text
//!   tables.rs      what the maps hold, by the reconciler's own hand
//!   host.rs        cw-host and cw-road: their addresses, routes and programs
//!   containers.rs  pairs of interfaces: addresses, routes and programs
//!   record.rs      how many of which kind were found
//! ```

mod containers;
mod host;
mod record;
mod tables;

use std::sync::Arc;

use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

pub(super) use record::{Difference, Kind, Record};
pub(super) use tables::{at_start, differences};

use super::{Daemon, times};

/// Asks the reconciler to compare; its answer, how many differences it has put right.
pub(super) type Request = oneshot::Sender<u64>;

/// What is found, and who is asked about the maps.
#[derive(Debug)]
pub(super) struct Audit {
    pub(super) record: Arc<Record>,
    requests: mpsc::Sender<Request>,
}

impl Audit {
    /// Nothing is found yet. The requests are for the reconciler.
    pub(super) fn new() -> (Self, mpsc::Receiver<Request>) {
        let (requests, asked) = mpsc::channel(1);
        (Self { record: Arc::default(), requests }, asked)
    }

    async fn tables(&self) -> u64 {
        let (request, answer) = oneshot::channel();
        match self.requests.send(request).await {
            Ok(()) => answer.await.unwrap_or_default(),
            Err(_) => 0,
        }
    }
}

/// Looks now and then until the task is dropped. The first look also sees to interfaces that were gone when
/// the daemon started.
pub(super) async fn follow(daemon: Arc<Daemon>) {
    let mut first = true;
    loop {
        look(&daemon, first).await;
        first = false;
        sleep(daemon.config.audit).await;
    }
}

async fn look(daemon: &Arc<Daemon>, first: bool) {
    let in_maps = daemon.audit.tables().await;
    let mut found = host::look(daemon).await;
    found.extend(containers::look(daemon, first).await);
    daemon.audit.record.note(&found);
    daemon.audit.record.done(times::now(), in_maps + found.len() as u64);
}
