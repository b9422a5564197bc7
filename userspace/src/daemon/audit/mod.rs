//! What is in the kernel compared with what should be, at the start and again and again: differences are
//! put right, counted by kind, and said.
//!
//! ```text
//!   tables.rs      what the maps hold, by the reconciler's own hand
//!   host.rs        cw-host and cw-road: their addresses, routes and programs
//!   containers.rs  pairs of interfaces: addresses, routes and programs
//!   pins.rs        pins of maps, and the socket hooks
//!   record.rs      how many of which kind were found
//! ```

mod containers;
mod host;
mod pins;
mod record;
mod tables;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, sleep_until},
};

pub(super) use record::{Difference, Kind, Record};
pub(super) use tables::{at_start, differences};

use super::{Daemon, times};

/// What the reconciler is asked.
#[derive(Debug)]
pub(super) enum Request {
    /// To compare; its answer, how many differences it has put right.
    Compare(oneshot::Sender<u64>),
    /// Whether it is there.
    Answer(oneshot::Sender<()>),
}

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
        match self.requests.send(Request::Compare(request)).await {
            Ok(()) => answer.await.unwrap_or_default(),
            Err(_) => 0,
        }
    }

    /// Waits for a sign of life of the reconciler; false where it has ended.
    pub(super) async fn answers(&self) -> bool {
        let (request, answer) = oneshot::channel();
        self.requests.send(Request::Answer(request)).await.is_ok() && answer.await.is_ok()
    }
}

/// How long changes of interfaces may follow one another before they are looked at.
const BURST: Duration = Duration::from_millis(200);

/// Looks now and then, and where an interface is harmed, until the task is dropped. The first look also sees to interfaces that were gone when
/// the daemon started.
pub(super) async fn follow(daemon: Arc<Daemon>, mut links: watch::Receiver<u64>) {
    let mut first = true;
    loop {
        look(&daemon, first).await;
        first = false;
        pause(&daemon, &mut links).await;
    }
}

/// Waits until it is time to look again, by the pause that holds then, or an interface is not as it should be.
async fn pause(daemon: &Daemon, links: &mut watch::Receiver<u64>) {
    let (begun, mut tuning) = (Instant::now(), daemon.tuning.subscribe());
    loop {
        let until = begun + tuning.borrow_and_update().audit;
        tokio::select! {
            () = sleep_until(until) => return,
            // The sender is the daemon's own.
            _ = tuning.changed() => {}
            // Where nothing is told any more, the next look is when it is due.
            Ok(()) = links.changed() => {
                sleep(BURST).await;
                links.mark_unchanged();
                if !(containers::are_well(daemon).await && host::is_well(daemon).await) {
                    return;
                }
            }
        }
    }
}

async fn look(daemon: &Arc<Daemon>, first: bool) {
    let in_maps = daemon.audit.tables().await;
    let mut found = host::look(daemon).await;
    found.extend(pins::look(daemon).await);
    found.extend(containers::look(daemon, first).await);
    daemon.audit.record.note(&found);
    daemon.audit.record.done(times::now(), in_maps + found.len() as u64);
}
