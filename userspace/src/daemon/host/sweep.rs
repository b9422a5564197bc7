//! Flows that are over, removed now and then: the programs only take them for absent.
//!
//! A conversation that is over is kept for two minutes, for what may come late of it. Where that leaves no room for new
//! ones it goes early, as the kernel's connection tracking does it (`gc_worker_can_early_drop`,
//! net/netfilter/nf_conntrack_core.c).

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use causeway_common::DropReason;

use crate::{
    daemon::Daemon,
    kernel::{Dataplane, FlowWalk, KernelError},
};

/// Between two looks at whether a flow found no room.
const LOOK: Duration = Duration::from_secs(1);
/// Looks between two walks through a table that has room: short against the shortest timeout of an answered flow that
/// many may have.
const A_WALK: u32 = 10;

/// Between two pieces of a walk: time for whoever waits for the dataplane.
const BREATH: Duration = Duration::from_micros(200);

/// Sweeps until the task is dropped.
pub(in crate::daemon) async fn sweep(daemon: Arc<Daemon>) {
    let mut sweeper = Sweeper::default();
    loop {
        tokio::time::sleep(LOOK).await;
        let dataplane = Arc::clone(&daemon.dataplane);
        let look = move || {
            let swept = sweeper.look(&dataplane);
            (sweeper, swept)
        };
        // One that panics has said why itself, and the next one knows nothing.
        let (next, swept) = tokio::task::spawn_blocking(look).await.unwrap_or((Sweeper::default(), Ok(0)));
        sweeper = next;
        match swept {
            Ok(0) => {}
            Ok(entries) => tracing::debug!(entries, "flows are over"),
            Err(error) => tracing::warn!(%error, "flows that are over stay"),
        }
    }
}

/// What is known since the last walk.
#[derive(Debug, Default)]
struct Sweeper {
    /// Looks since.
    looks: u32,
    /// Packets of flows that had found no room by then; `None` before the first look.
    refused: Option<u64>,
    /// Whether it left less than a quarter of the table free.
    is_tight: bool,
    /// Whether it removed something.
    is_worth_it: bool,
}

impl Sweeper {
    /// Walks where it is time to; how many entries went.
    fn look(&mut self, dataplane: &Mutex<Dataplane>) -> Result<usize, KernelError> {
        let (refused, capacity) = {
            let dataplane = dataplane.lock().unwrap_or_else(PoisonError::into_inner);
            (dataplane.dropped_for(DropReason::FlowTableFull)?, dataplane.flow_capacity()?)
        };
        let Some(mut at) = self.next(refused) else { return Ok(0) };
        let removed = walk(dataplane, &mut at, Dataplane::sweep_next)?;
        self.walked(removed, at.left(), capacity);
        Ok(removed)
    }

    /// The walk that it is time for, with as many refused by now.
    fn next(&mut self, refused: u64) -> Option<FlowWalk> {
        self.looks += 1;
        let is_full = self.refused.replace(refused).is_some_and(|before| refused > before);
        let is_due = is_full || self.is_tight && self.is_worth_it || self.looks >= A_WALK;
        is_due.then(|| if is_full || self.is_tight { FlowWalk::early() } else { FlowWalk::default() })
    }

    /// Notes what a walk found.
    fn walked(&mut self, removed: usize, left: usize, capacity: usize) {
        self.looks = 0;
        self.is_tight = left > capacity / 4 * 3;
        self.is_worth_it = removed > 0;
    }
}

/// Removes the flows of an address that is a container's no longer: its next holder begins anew. It begins at once,
/// and the answer resolves when they are gone.
pub(in crate::daemon) fn forget_flows(daemon: &Daemon, addr: Ipv4Addr) -> impl Future<Output = ()> + use<> {
    let dataplane = Arc::clone(&daemon.dataplane);
    let forget = move || {
        walk(&dataplane, &mut FlowWalk::default(), |dataplane, walk| dataplane.forget_next(walk, addr))
    };
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
    walk: &mut FlowWalk,
    piece: impl Fn(&mut Dataplane, &mut FlowWalk) -> Result<usize, KernelError>,
) -> Result<usize, KernelError> {
    let mut removed = 0;
    while !walk.is_over() {
        removed += piece(&mut dataplane.lock().unwrap_or_else(PoisonError::into_inner), walk)?;
        if walk.is_within_a_table() {
            thread::sleep(BREATH);
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::{A_WALK, Sweeper};

    /// Looks until the next walk, nobody being refused, and whether that takes what is over early.
    fn until_walk(sweeper: &mut Sweeper) -> (u32, bool) {
        let refused = sweeper.refused.unwrap_or(5);
        let walk = (1..).find_map(|look| Some((look, sweeper.next(refused)?.is_early())));
        walk.expect("there is one in the end")
    }

    #[test]
    fn a_table_with_room_is_walked_through_now_and_then_and_nothing_goes_early() {
        let mut sweeper = Sweeper::default();
        for removed in [0, 7] {
            assert_eq!(until_walk(&mut sweeper), (A_WALK, false));
            sweeper.walked(removed, 750, 1000);
        }
    }

    #[test]
    fn who_finds_no_room_has_what_is_over_go_at_the_next_look() {
        let mut sweeper = Sweeper { refused: Some(0), ..Sweeper::default() };
        assert!(sweeper.next(1).is_some_and(|walk| walk.is_early()));
        sweeper.walked(900, 100, 1000);
        assert_eq!(until_walk(&mut sweeper), (A_WALK, false));
    }

    #[test]
    fn a_tight_table_is_walked_through_as_long_as_that_gives_room() {
        let mut sweeper = Sweeper::default();
        sweeper.walked(1, 751, 1000);
        assert_eq!(until_walk(&mut sweeper), (1, true));
        sweeper.walked(0, 751, 1000);
        assert_eq!(until_walk(&mut sweeper), (A_WALK, true));
    }
}
