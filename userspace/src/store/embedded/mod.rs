//! The embedded store: a single-file database for one node.
//!
//! It answers exactly as etcd does (one suite tests both). Its history for watchers is kept in
//! memory only, since every watcher lives in this process and begins with a snapshot.

mod contents;
mod file;
mod history;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::stream::BoxStream;
use redb::Durability;
use tokio::sync::{oneshot, watch};

use super::{Change, Lease, Revision, Snapshot, Store, StoreError, Txn};
use contents::Contents;

/// The embedded store.
#[derive(Debug, Clone)]
pub struct Embedded(Arc<Mutex<Contents>>);

impl Embedded {
    /// Opens the database at `path`, or makes it. Keys under leases of an earlier process are gone:
    /// a lease does not outlive whoever renews it.
    ///
    /// # Errors
    /// [`StoreError::Failed`] where the file cannot be used, for example because a daemon has it open.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Mutex::new(Contents::open(path)?))))
    }

    /// Runs `f` on the contents where it may block: the database writes to disk.
    async fn on_contents<R: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Contents) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let contents = self.0.clone();
        let done = tokio::task::spawn_blocking(move || f(&mut lock(&contents))).await;
        done.unwrap_or_else(|panic| Err(failed(&panic)))
    }
}

fn lock(contents: &Mutex<Contents>) -> MutexGuard<'_, Contents> {
    contents.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(reason: &impl ToString) -> StoreError {
    StoreError::Failed { store: "embedded".to_owned(), reason: reason.to_string() }
}

#[async_trait]
impl Store for Embedded {
    fn describe(&self) -> String {
        "embedded".to_owned()
    }

    async fn read(&self, prefix: &str) -> Result<Snapshot, StoreError> {
        let prefix = prefix.to_owned();
        self.on_contents(move |contents| contents.read(&prefix)).await
    }

    async fn look_up(&self, keys: &[String]) -> Result<Snapshot, StoreError> {
        let keys = keys.to_owned();
        self.on_contents(move |contents| contents.look_up(&keys)).await
    }

    async fn commit(&self, txn: Txn) -> Result<Revision, StoreError> {
        self.on_contents(move |contents| contents.commit(&txn, Durability::Immediate)).await
    }

    async fn commit_for_now(&self, txn: Txn) -> Result<Revision, StoreError> {
        self.on_contents(move |contents| contents.commit(&txn, Durability::None)).await
    }

    async fn watch(
        &self,
        prefix: &str,
        after: Revision,
    ) -> Result<BoxStream<'static, Result<Change, StoreError>>, StoreError> {
        lock(&self.0).watch(prefix, after)
    }

    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError> {
        let id = lock(&self.0).grant();
        let (lost, lost_receiver) = watch::channel(false);
        let (renewal, dropped) = oneshot::channel::<()>();
        let contents = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            let _ = dropped.await;
            tokio::time::sleep(ttl).await;
            if let Some(contents) = contents.upgrade() {
                let _ = Self(contents).on_contents(move |contents| contents.expire(id)).await;
            }
            drop(lost);
        });
        Ok(Lease { id, lost: lost_receiver, _renewal: renewal })
    }
}
