//! Desired state, shared: a store with transactions, leases and watches, in two kinds.
//!
//! [`open()`] gives a [`Store`]; [`Mirror`] keeps a typed copy of its content up to date; [`schema`]
//! says what stands in it.

mod concern;
mod embedded;
mod error;
mod etcd;
mod mirror;
mod open;
pub mod schema;
#[cfg(test)]
mod tests;
mod txn;

pub use concern::Concern;
pub use embedded::Embedded;
pub use error::StoreError;
pub use etcd::{Access, Etcd};
pub use mirror::{Connection, Following, Mirror};
pub use open::{etcd_endpoints, open, open_as};
pub use txn::{Change, Entry, KeyChange, Precondition, Revision, Snapshot, Txn, Write};

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;

/// A store of keys and values under one root, with revisions that only grow.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// `embedded`, or etcd's endpoints: for `causeway status` and for errors.
    fn describe(&self) -> String;

    /// Everything there is, at one revision.
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.read("").await
    }

    /// Everything whose key begins with `prefix` (empty, or with a '/' at its end), at one revision: the
    /// store's own, which may be later than that of the last such key.
    async fn read(&self, prefix: &str) -> Result<Snapshot, StoreError>;

    /// Those of these keys that are there, at one revision. At most 128, as many as etcd takes at once.
    async fn look_up(&self, keys: &[String]) -> Result<Snapshot, StoreError>;

    /// Writes all or nothing and returns the revision at which that is so; where nothing is changed (a
    /// deletion of what is not there) no watcher is told. No key may be written twice.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a precondition does not hold; [`StoreError::Failed`] where a lease
    /// has ended. After [`StoreError::Unreachable`] nobody knows whether it was carried out.
    async fn commit(&self, txn: Txn) -> Result<Revision, StoreError>;

    /// As [`Store::commit`], for what another commit follows at once: where this process ends in between, it may be
    /// as if it had not been.
    ///
    /// # Errors
    /// As [`Store::commit`].
    async fn commit_for_now(&self, txn: Txn) -> Result<Revision, StoreError> {
        self.commit(txn).await
    }

    /// Every commit after `after` that changes keys which begin with `prefix` (as in [`Store::read`]), in
    /// order, one [`Change`] a revision, with those keys. After an error the stream ends.
    ///
    /// # Errors
    /// At once or in the stream: [`StoreError::Compacted`] where the changes are no longer all known,
    /// [`StoreError::Unreachable`] where the store has gone away.
    async fn watch(
        &self,
        prefix: &str,
        after: Revision,
    ) -> Result<BoxStream<'static, Result<Change, StoreError>>, StoreError>;

    /// Whether it holds keys of another layout, and none of [`schema`]'s: a daemon of that layout must be
    /// started, or the keys be removed.
    ///
    /// # Errors
    /// [`StoreError::Failed`] where that is so; [`StoreError::Unreachable`].
    async fn check_layout(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// A lease of `ttl`, renewed by the store's own task until the handle is dropped or the process
    /// dies; keys written with its number ([`Write::Put`]'s `lease`) go away when it ends.
    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError>;
}

/// A lease that lives as long as this handle (and not much longer than the process).
#[derive(Debug)]
pub struct Lease {
    /// Number to write keys under.
    pub id: i64,
    /// Becomes true when the store says that the lease is gone in spite of renewal (this process could
    /// not reach it for longer than the TTL). Take a new one, and write the keys again.
    pub lost: tokio::sync::watch::Receiver<bool>,
    /// Ends the renewal when dropped.
    pub(crate) _renewal: tokio::sync::oneshot::Sender<()>,
}
