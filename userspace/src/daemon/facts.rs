//! What this node knows of itself, shared between those who learn it and the reconciler.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::plan::Host;

/// Counts changes of the facts: a later one is a larger one.
pub(super) type Generation = u64;

/// The [`Host`] with a count of its changes.
#[derive(Debug)]
pub(super) struct Facts {
    host: Mutex<Host>,
    generation: watch::Sender<Generation>,
}

impl Facts {
    pub(super) fn new(host: Host) -> Self {
        Self { host: Mutex::new(host), generation: watch::Sender::new(1) }
    }

    /// Changes the facts; the reconciler is woken only if that made a difference.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Host) -> T) -> Generation {
        let mut host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        let before = host.clone();
        change(&mut host);
        if *host != before {
            self.generation.send_modify(|g| *g += 1);
        }
        *self.generation.borrow()
    }

    /// Looks at the facts.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Host) -> T) -> T {
        look(&self.host.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The facts and their generation, of one moment.
    pub(super) fn snapshot(&self) -> (Generation, Host) {
        let host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        (*self.generation.borrow(), host.clone())
    }

    /// Tells of changes.
    pub(super) fn watch(&self) -> watch::Receiver<Generation> {
        self.generation.subscribe()
    }
}
