//! A copy of the store's content that follows it, part by part.
//!
//! ```text
//! part:  snapshot -> watch ... change, change, change ... lost -> (pause) -> snapshot -> watch ...
//! ```
//!
//! What every node has to know is followed all the time: the cluster, the mesh, the node itself. Of networks
//! those are followed that the node's containers are in, and others as long as somebody asks for them
//! ([`Mirror::follow`]); what happens in all others costs the node nothing.
//!
//! What cannot be read never empties the copy: while the store is away, and when it comes back with
//! an older revision than was seen (another store, or a restored one), the last good state stands.

mod copy;
mod follow;
mod interest;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use self::{copy::Copy, follow::Follower};
use super::{Concern, Revision, Store, schema::Part};
use crate::{desired::State, model::Id};

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

/// A copy of the store's content that tasks of its own keep up to date until this is dropped.
#[derive(Debug)]
pub struct Mirror(Arc<Shared>);

/// What the mirror, those who have asked for parts and the followers share.
struct Shared {
    store: Arc<dyn Store>,
    /// This node: what its containers are in is followed.
    node: Id,
    copy: Copy,
    followed: Mutex<Followed>,
}

/// The parts that are followed, and how often each was asked for.
#[derive(Default)]
struct Followed {
    followers: BTreeMap<Part, Follower>,
    asked: BTreeMap<Part, usize>,
    /// How many followers there have been.
    started: u64,
}

/// Parts that are followed until this is dropped.
#[derive(Debug)]
pub struct Following {
    shared: Arc<Shared>,
    parts: Vec<Part>,
}

impl Mirror {
    /// Begins to follow what concerns `node` in `store`. Until [`Mirror::loaded`] the copy is empty and says
    /// nothing about what is in the store. Must be called within a tokio runtime.
    pub fn start(store: Arc<dyn Store>, node: Id) -> Self {
        let shared = Shared { store, node, copy: Copy::default(), followed: Mutex::default() };
        let shared = Arc::new(shared);
        shared.settle(&mut shared.lock());
        Self(shared)
    }

    /// Returns once all that concerns the node has been read.
    pub async fn loaded(&self) {
        let mut changes = self.0.copy.changes();
        while !self.0.is_loaded() {
            // Fails only without a sender, which lives as long as this.
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Has parts followed, besides those that are anyhow, until the answer is dropped.
    pub fn follow(&self, parts: impl IntoIterator<Item = Part>) -> Following {
        let parts: Vec<Part> = parts.into_iter().collect();
        self.0.ask(&parts);
        Following { shared: Arc::clone(&self.0), parts }
    }

    /// Calls `f` with the copy as it is now; changes wait meanwhile, so `f` must not take long.
    pub fn read<R>(&self, f: impl FnOnce(&State) -> R) -> R {
        self.0.copy.read(f)
    }

    /// Returns once the copy holds what has changed in those parts that are followed. It may be long while the
    /// store is away: put a timeout around it.
    pub async fn wait_for(&self, concern: &Concern) {
        let mut changes = self.0.copy.changes();
        while !self.0.holds(concern) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Changes with every change of the copy, to be woken by; the value is the newest revision that is known of.
    pub fn revision(&self) -> watch::Receiver<Revision> {
        self.0.copy.changes()
    }

    /// Changes as [`State::changed`] does, to be woken by where nodes' reports are of no interest.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.copy.changed()
    }

    /// Whether the store is followed, to be read or woken by.
    pub fn connection(&self) -> watch::Receiver<Connection> {
        self.0.copy.connection()
    }

    /// Why the store is not followed; empty while it is.
    pub fn failure(&self) -> String {
        match &*self.0.copy.connection().borrow() {
            Connection::Connected => String::new(),
            Connection::Connecting => "nothing has been read yet".to_owned(),
            Connection::Lost(reason) => reason.clone(),
        }
    }

    /// Whether the store is followed right now.
    pub fn is_connected(&self) -> bool {
        *self.0.copy.connection().borrow() == Connection::Connected
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        // Each task holds the rest.
        self.0.lock().followers.clear();
    }
}

impl Following {
    /// Whether all of it has been read.
    pub fn is_loaded(&self) -> bool {
        self.shared.copy.knows_all(&self.parts)
    }

    /// Returns once all of it has been read. It may be long while the store is away.
    pub async fn loaded(&self) {
        let mut changes = self.shared.copy.changes();
        while !self.is_loaded() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.shared.release(&self.parts);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("store", &self.store.describe()).finish_non_exhaustive()
    }
}
