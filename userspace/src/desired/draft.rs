//! A transaction while it is put together.

use serde::Serialize;

use super::State;
use crate::store::{Precondition, Txn, Write, schema::Key};

/// A transaction while it is put together, by typed keys.
#[derive(Debug, Default)]
pub(super) struct Draft(Txn);

impl Draft {
    /// Requires that nobody has the key, and writes it.
    pub(super) fn create(&mut self, key: &Key, value: &impl Serialize) {
        self.0.preconditions.push(Precondition::Absent(key.to_string()));
        self.put(key, value);
    }

    /// Writes the key.
    pub(super) fn put(&mut self, key: &Key, value: &impl Serialize) {
        self.leased(key, value, None);
    }

    /// Writes the key under a lease.
    pub(super) fn leased(&mut self, key: &Key, value: &impl Serialize, lease: Option<i64>) {
        // Serialising fails only for maps whose keys are no texts, and no record has one.
        let value = serde_json::to_vec(value).unwrap_or_default();
        self.0.writes.push(Write::Put { key: key.to_string(), value, lease });
    }

    /// Removes the key.
    pub(super) fn delete(&mut self, key: &Key) {
        self.0.writes.push(Write::Delete(key.to_string()));
    }

    /// Requires that the key is there, and removes it.
    pub(super) fn take(&mut self, key: &Key) {
        self.present(key);
        self.delete(key);
    }

    /// Requires that the key is there.
    pub(super) fn present(&mut self, key: &Key) {
        self.0.preconditions.push(Precondition::Present(key.to_string()));
    }

    /// Requires that nobody has the key.
    pub(super) fn absent(&mut self, key: &Key) {
        self.0.preconditions.push(Precondition::Absent(key.to_string()));
    }

    /// Requires that the key is as the decision saw it, be that absent.
    pub(super) fn unchanged(&mut self, state: &State, key: &Key) {
        let text = key.to_string();
        self.0.preconditions.push(match state.written(key) {
            Some(revision) => Precondition::Unchanged(text, revision),
            None => Precondition::Absent(text),
        });
    }

    /// The transaction.
    pub(super) fn txn(self) -> Txn {
        self.0
    }
}
