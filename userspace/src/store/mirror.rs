//! A copy of the store's content that follows it.
//!
//! ```text
//! snapshot -> watch ... change, change, change ... lost -> (pause) -> snapshot -> watch ...
//! ```
//!
//! What cannot be read never empties the copy: while the store is away, and when it comes back with
//! an older revision than was seen (another store, or a restored one), the last good state stands.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures::StreamExt;
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use super::{Revision, Snapshot, Store, StoreError};
use crate::desired::State;

/// Pause before the first attempt to reach a lost store again; it doubles up to [`LONGEST_PAUSE`].
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// Short enough that a store which is back is noticed within the time a user waits for.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Whether the store is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Nothing has been read yet.
    Connecting,
    /// The copy follows the store.
    Connected,
    /// The copy stands still, for this reason (one line).
    Lost(String),
}

/// A copy of the store's content that a task of its own keeps up to date until this is dropped.
#[derive(Debug)]
pub struct Mirror {
    copy: Arc<Copy>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Copy {
    state: RwLock<State>,
    revision: watch::Sender<Revision>,
    loaded: watch::Sender<bool>,
    connection: watch::Sender<Connection>,
}

impl Mirror {
    /// Begins to follow `store`. Until [`Mirror::loaded`] the copy is empty and says nothing about
    /// what is in the store. Must be called within a tokio runtime.
    pub fn start(store: Arc<dyn Store>) -> Self {
        let copy = Arc::new(Copy {
            state: RwLock::default(),
            revision: watch::Sender::new(0),
            loaded: watch::Sender::new(false),
            connection: watch::Sender::new(Connection::Connecting),
        });
        let task = tokio::spawn(follow(store, copy.clone()));
        Self { copy, task }
    }

    /// Returns once the first snapshot has been read.
    pub async fn loaded(&self) {
        // Fails only without a sender, which lives as long as this.
        let _ = self.copy.loaded.subscribe().wait_for(|loaded| *loaded).await;
    }

    /// Calls `f` with the copy as it is now; changes wait meanwhile, so `f` must not take long.
    pub fn read<R>(&self, f: impl FnOnce(&State) -> R) -> R {
        f(&self.copy.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns once the copy holds `revision` or a later one. It may be long while the store is away:
    /// put a timeout around it.
    pub async fn wait_for(&self, revision: Revision) {
        let _ = self.copy.revision.subscribe().wait_for(|seen| *seen >= revision).await;
    }

    /// The copy's revision, to be woken by.
    pub fn revision(&self) -> watch::Receiver<Revision> {
        self.copy.revision.subscribe()
    }

    /// Whether the store is followed, to be read or woken by.
    pub fn connection(&self) -> watch::Receiver<Connection> {
        self.copy.connection.subscribe()
    }

    /// Why the store is not followed; empty while it is.
    pub fn failure(&self) -> String {
        match &*self.copy.connection.borrow() {
            Connection::Connected => String::new(),
            Connection::Connecting => "nothing has been read yet".to_owned(),
            Connection::Lost(reason) => reason.clone(),
        }
    }

    /// Whether the store is followed right now.
    pub fn is_connected(&self) -> bool {
        *self.copy.connection.borrow() == Connection::Connected
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(store: Arc<dyn Store>, copy: Arc<Copy>) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let error = match once(&*store, &copy).await {
            Ok(()) => "its watch ended".to_owned(),
            // Only the watch fell behind: a snapshot follows at once, nothing is lost.
            Err(StoreError::Compacted(_)) => String::new(),
            Err(error) => error.to_string(),
        };
        if copy.is_connected() {
            pause = SHORTEST_PAUSE;
        }
        if !error.is_empty() {
            copy.connection.send_replace(Connection::Lost(error));
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Takes a snapshot and follows from there until something fails.
async fn once(store: &dyn Store, copy: &Copy) -> Result<(), StoreError> {
    let snapshot = store.snapshot().await?;
    copy.check_not_older(store, &snapshot)?;
    let mut changes = store.watch(snapshot.revision).await?;
    copy.replace(&snapshot);
    while let Some(change) = changes.next().await {
        let change = change?;
        copy.change(|state| state.apply(&change));
    }
    Ok(())
}

impl Copy {
    fn is_connected(&self) -> bool {
        *self.connection.borrow() == Connection::Connected
    }

    fn check_not_older(&self, store: &dyn Store, snapshot: &Snapshot) -> Result<(), StoreError> {
        let seen = *self.revision.borrow();
        if snapshot.revision >= seen {
            return Ok(());
        }
        let reason = format!(
            "it is at revision {}, but revision {seen} was seen before; if it was restored on purpose, restart causewayd",
            snapshot.revision
        );
        Err(StoreError::Failed { store: store.describe(), reason })
    }

    fn replace(&self, snapshot: &Snapshot) {
        self.change(|state| *state = State::from_snapshot(snapshot));
        self.connection.send_replace(Connection::Connected);
        // Last: whoever waits for it finds all the rest done.
        self.loaded.send_replace(true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let revision = state.revision;
        drop(state);
        self.revision.send_replace(revision);
    }
}
