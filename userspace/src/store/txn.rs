//! Transactions and what comes of them.

/// A point in the store's history; 0 is before everything.
pub type Revision = u64;

/// A key with its value. Keys are relative to the store's root and look like paths: `networks/<id>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Vec<u8>,
    /// When it was last written.
    pub revision: Revision,
}

/// Everything there is at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// That moment.
    pub revision: Revision,
    /// In the order of keys.
    pub entries: Vec<Entry>,
}

/// What must hold for a transaction to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nobody has written the key.
    Absent(String),
    /// The key is there.
    Present(String),
    /// The key was last written at this revision.
    Unchanged(String, Revision),
}

impl Precondition {
    /// The key that it is about.
    pub fn key(&self) -> &str {
        let (Self::Absent(key) | Self::Present(key) | Self::Unchanged(key, _)) = self;
        key
    }
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Write a key.
    Put {
        /// The key.
        key: String,
        /// The value.
        value: Vec<u8>,
        /// Number of the lease that it goes away with.
        lease: Option<i64>,
    },
    /// Remove a key; no error if it is not there.
    Delete(String),
}

/// All or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Txn {
    /// All must hold.
    pub preconditions: Vec<Precondition>,
    /// All are done, under one revision.
    pub writes: Vec<Write>,
}

/// A key with its new value; `None` where it is gone.
pub type KeyChange = (String, Option<Vec<u8>>);

/// What one commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its revision.
    pub revision: Revision,
    /// Each key that it changed, once.
    pub keys: Vec<KeyChange>,
}
