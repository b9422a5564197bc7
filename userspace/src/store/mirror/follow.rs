//! Following one part, through all that happens to the store.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use tokio::{task::JoinHandle, time::sleep};

use super::Shared;
use crate::store::{Revision, Snapshot, StoreError, schema::Part};

/// Pause before the first attempt to reach a lost store again; it doubles up to [`LONGEST_PAUSE`].
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// Short enough that a store which is back is noticed within the time a user waits for.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Follows one part until it is dropped.
pub(super) struct Follower {
    /// Tells it from who followed the part before.
    pub(super) number: u64,
    /// How it stands with the store.
    pub(super) standing: Standing,
    task: JoinHandle<()>,
}

/// How a follower stands with the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It reads its part for the first time.
    Begins,
    /// What it has read is followed.
    Follows,
    /// It cannot, for this reason.
    Lost(String),
}

impl Follower {
    pub(super) fn start(shared: Arc<Shared>, part: Part, number: u64) -> Self {
        let one = One { shared, part, number };
        Self { number, standing: Standing::Begins, task: tokio::spawn(follow(one)) }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a follower's task knows of itself.
pub(super) struct One {
    pub(super) shared: Arc<Shared>,
    pub(super) part: Part,
    pub(super) number: u64,
}

async fn follow(one: One) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let mut followed = false;
        let error = match once(&one, &mut followed).await {
            Ok(()) => "its watch ended".to_owned(),
            // Only the watch fell behind: a snapshot follows at once, nothing is lost.
            Err(StoreError::Compacted(_)) => String::new(),
            Err(error) => error.to_string(),
        };
        if followed {
            pause = SHORTEST_PAUSE;
        }
        if !error.is_empty() {
            one.stands(Standing::Lost(error));
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Takes a snapshot and follows from there until something fails; says when it has begun to follow.
async fn once(one: &One, followed: &mut bool) -> Result<(), StoreError> {
    let (shared, part) = (&one.shared, &one.part);
    let (prefix, seen) = (part.prefix(), shared.copy.seen());
    let snapshot = shared.store.read(&prefix).await?;
    check_not_older(shared, &snapshot, seen)?;
    let mut changes = shared.store.watch(&prefix, snapshot.revision).await?;
    *followed = true;
    // First: whoever waits for the part finds the store followed.
    one.stands(Standing::Follows);
    one.enter(|state| state.replace(part, &snapshot));
    while let Some(change) = changes.next().await {
        let change = change?;
        one.enter(|state| state.apply(&change));
    }
    Ok(())
}

/// `seen` is what was seen before the snapshot was asked for.
fn check_not_older(shared: &Shared, snapshot: &Snapshot, seen: Revision) -> Result<(), StoreError> {
    if snapshot.revision >= seen {
        return Ok(());
    }
    let reason = format!(
        "it is at revision {}, but revision {seen} was seen before; if it was restored on purpose, restart causewayd",
        snapshot.revision
    );
    Err(StoreError::Failed { store: shared.store.describe(), reason })
}
