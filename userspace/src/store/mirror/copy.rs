//! The copy itself, and who is told when it changes.

use std::sync::{PoisonError, RwLock};

use tokio::sync::watch;

use super::Connection;
use crate::{
    desired::State,
    store::{Revision, schema::Part},
};

/// The copy, and who is told when it changes.
pub(super) struct Copy {
    state: RwLock<State>,
    revision: watch::Sender<Revision>,
    changed: watch::Sender<u64>,
    connection: watch::Sender<Connection>,
}

impl Default for Copy {
    fn default() -> Self {
        Self {
            state: RwLock::default(),
            revision: watch::Sender::new(0),
            changed: watch::Sender::new(0),
            connection: watch::Sender::new(Connection::Connecting),
        }
    }
}

impl Copy {
    pub(super) fn read<R>(&self, f: impl FnOnce(&State) -> R) -> R {
        f(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state, and wakes whoever waits for a change.
    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let (revision, changed) = (state.revision, state.changed);
        drop(state);
        self.changed.send_if_modified(|before| std::mem::replace(before, changed) != changed);
        self.revision.send_replace(revision);
    }

    /// Changes with [`State::changed`]: not with reports.
    pub(super) fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn changes(&self) -> watch::Receiver<Revision> {
        self.revision.subscribe()
    }

    /// The newest revision that was seen.
    pub(super) fn seen(&self) -> Revision {
        *self.revision.borrow()
    }

    pub(super) fn knows_all(&self, parts: &[Part]) -> bool {
        self.read(|state| parts.iter().all(|part| state.revision_of(part).is_some()))
    }

    pub(super) fn connection(&self) -> watch::Receiver<Connection> {
        self.connection.subscribe()
    }

    /// Says whether the store is followed; nobody is woken where that was known.
    pub(super) fn connect(&self, now: Connection) {
        self.connection.send_if_modified(|connection| {
            let differs = *connection != now;
            *connection = now;
            differs
        });
    }
}
