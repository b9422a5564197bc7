//! How a store that was emptied or restored is told from the one that was followed.
//!
//! Revisions alone do not tell: whoever writes to a restored store makes it grow past what was seen.
//! So the newest write that was seen is remembered, and looked at again, as of its own revision, after
//! each time that etcd was away: the same history still has it.

use std::sync::{Mutex, PoisonError};

use etcd_client::{GetOptions, KeyValue};

/// A write that was seen: no other history has one with the same four.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    key: Vec<u8>,
    created: i64,
    modified: i64,
    version: i64,
}

impl From<&KeyValue> for Seen {
    fn from(kv: &KeyValue) -> Self {
        Self {
            key: kv.key().to_vec(),
            created: kv.create_revision(),
            modified: kv.mod_revision(),
            version: kv.version(),
        }
    }
}

/// The newest write that was seen.
#[derive(Debug, Default)]
pub(super) struct Witness(Mutex<Option<Seen>>);

/// What to ask etcd for, and what it must answer.
#[derive(Clone, Debug)]
pub(super) struct Question(Seen);

impl Witness {
    /// Remembers the newest of these writes, if it is newer than what is remembered.
    pub(super) fn saw<'a>(&self, written: impl Iterator<Item = &'a KeyValue>) {
        // A deletion has no version and cannot be looked at again.
        let newest = written.filter(|kv| kv.version() > 0).max_by_key(|kv| kv.mod_revision());
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kv) = newest
            && seen.as_ref().is_none_or(|old| old.modified < kv.mod_revision())
        {
            *seen = Some(kv.into());
        }
    }

    /// The question; `None` while nothing was seen.
    pub(super) fn question(&self) -> Option<Question> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().map(Question)
    }
}

impl Question {
    pub(super) fn key(&self) -> Vec<u8> {
        self.0.key.clone()
    }

    pub(super) fn options(&self) -> GetOptions {
        GetOptions::new().with_revision(self.0.modified)
    }

    /// The revision that it is about.
    pub(super) fn revision(&self) -> u64 {
        u64::try_from(self.0.modified).unwrap_or(0)
    }

    /// Whether the answer is that of the same history.
    pub(super) fn is_answered_by(&self, found: &[KeyValue]) -> bool {
        found.first().is_some_and(|kv| Seen::from(kv) == self.0)
    }
}
