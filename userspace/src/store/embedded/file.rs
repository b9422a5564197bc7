//! The database file: keys, values, revisions.

use std::path::Path;

use redb::{Database, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, Table, TableDefinition};

use crate::store::{Change, Entry, KeyChange, Precondition, Revision, Snapshot, StoreError, Txn, Write};

/// Key -> (revision of its last write, lease or 0, value).
const ENTRIES: TableDefinition<'_, &str, (u64, i64, &[u8])> = TableDefinition::new("entries");
/// `revision` -> the store's revision; `layout` -> its keys' layout.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const REVISION: &str = "revision";
/// The layout of the keys, as `v2` in etcd's root.
const LAYOUT_KEY: &str = "layout";
/// The layout in [`crate::store::schema`].
const LAYOUT: u64 = 2;
/// That of files that do not say theirs.
const FIRST_LAYOUT: u64 = 1;

type Entries<'txn> = Table<'txn, &'static str, (u64, i64, &'static [u8])>;

/// The database file.
#[derive(Debug)]
pub(super) struct File {
    database: Database,
    path: String,
}

impl File {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        let reason = |error: redb::Error| match error {
            redb::Error::DatabaseAlreadyOpen => {
                "another causewayd has it open; stop that one first".to_owned()
            }
            other => other.to_string(),
        };
        let database = Database::create(path)
            .map_err(|e| StoreError::Failed { store: name.clone(), reason: reason(e.into()) })?;
        let file = Self { database, path: name };
        let layout = file.write(|entries, meta| Ok(layout(entries, meta)?))?;
        if layout == LAYOUT { Ok(file) } else { Err(file.of_another_layout(layout)) }
    }

    fn of_another_layout(&self, layout: u64) -> StoreError {
        let reason = format!(
            "its keys are of layout {layout}, this causewayd's of {LAYOUT}; start the causewayd that wrote them, \
             or remove the file to begin anew"
        );
        StoreError::Failed { store: self.path.clone(), reason }
    }

    fn failed(&self, error: &redb::Error) -> StoreError {
        StoreError::Failed { store: self.path.clone(), reason: error.to_string() }
    }

    /// Runs `f` on the tables in one write transaction, and returns when it is on the disk; an error leaves everything
    /// as it was.
    fn write<R>(
        &self,
        f: impl FnOnce(&mut Entries<'_>, &mut Table<'_, &'static str, u64>) -> Result<R, Stop>,
    ) -> Result<R, StoreError> {
        self.write_as(|entries, meta| Ok((f(entries, meta)?, Durability::Immediate)))
    }

    /// As [`File::write`], as durable as `f` says.
    fn write_as<R>(
        &self,
        f: impl FnOnce(&mut Entries<'_>, &mut Table<'_, &'static str, u64>) -> Result<(R, Durability), Stop>,
    ) -> Result<R, StoreError> {
        let attempt = || {
            let mut txn = self.database.begin_write()?;
            let (result, durability) = f(&mut txn.open_table(ENTRIES)?, &mut txn.open_table(META)?)?;
            txn.set_durability(durability)?;
            txn.commit()?;
            Ok(result)
        };
        attempt().map_err(|stop| match stop {
            Stop::Conflict => StoreError::Conflict,
            Stop::Database(error) => self.failed(&error),
        })
    }

    fn read<R>(
        &self,
        f: impl FnOnce(&redb::ReadTransaction) -> Result<R, redb::Error>,
    ) -> Result<R, StoreError> {
        let attempt = || f(&self.database.begin_read()?);
        attempt().map_err(|error| self.failed(&error))
    }

    pub(super) fn revision(&self) -> Result<Revision, StoreError> {
        self.read(|txn| Ok(txn.open_table(META)?.get(REVISION)?.map_or(0, |r| r.value())))
    }

    /// Everything whose key begins with `prefix`.
    pub(super) fn read_prefix(&self, prefix: &str) -> Result<Snapshot, StoreError> {
        self.snapshot(|entries| {
            let mut found = Vec::new();
            for item in entries.range(prefix..)? {
                let (key, value) = item?;
                if !key.value().starts_with(prefix) {
                    break;
                }
                found.push(entry(key.value(), value.value()));
            }
            Ok(found)
        })
    }

    /// Those of these keys that are there.
    pub(super) fn look_up(&self, keys: &[String]) -> Result<Snapshot, StoreError> {
        self.snapshot(|entries| {
            let mut found = Vec::new();
            for key in keys {
                found.extend(entries.get(key.as_str())?.map(|value| entry(key, value.value())));
            }
            Ok(found)
        })
    }

    fn snapshot(
        &self,
        find: impl FnOnce(
            &ReadOnlyTable<&'static str, (u64, i64, &'static [u8])>,
        ) -> Result<Vec<Entry>, redb::Error>,
    ) -> Result<Snapshot, StoreError> {
        self.read(|txn| {
            let revision = txn.open_table(META)?.get(REVISION)?.map_or(0, |r| r.value());
            Ok(Snapshot { revision, entries: find(&txn.open_table(ENTRIES)?)? })
        })
    }

    /// Carries a transaction out. Where it changes nothing, the change is empty and the revision stays. What is under
    /// leases is gone when the file is opened again: for that alone the disk is not waited for, and its revision may be
    /// given again by the next process.
    pub(super) fn commit(&self, txn: &Txn, durability: Durability) -> Result<Change, StoreError> {
        self.write_as(|entries, meta| {
            for precondition in &txn.preconditions {
                check(entries, precondition)?;
            }
            let revision = next_revision(meta)?;
            let (mut keys, mut lasts) = (Vec::new(), txn.writes.is_empty());
            for write in &txn.writes {
                let (changed, lease) = carry_out(entries, write, revision)?;
                keys.extend(changed);
                lasts |= lease == 0;
            }
            let durability = if lasts { durability } else { Durability::None };
            Ok((settle(meta, revision, keys)?, durability))
        })
    }

    /// Removes the keys under the leases that `ended` names.
    pub(super) fn remove_leased(&self, ended: impl Fn(i64) -> bool) -> Result<Change, StoreError> {
        self.write(|entries, meta| {
            let mut keys = Vec::new();
            let gone = entries.extract_if(|_, (_, lease, _)| lease != 0 && ended(lease))?;
            for item in gone {
                keys.push((item?.0.value().to_owned(), None));
            }
            let revision = next_revision(meta)?;
            settle(meta, revision, keys)
        })
    }
}

/// The layout that the file says; an empty one is given ours.
fn layout(entries: &Entries<'_>, meta: &mut Table<'_, &'static str, u64>) -> Result<u64, redb::Error> {
    if let Some(layout) = meta.get(LAYOUT_KEY)? {
        return Ok(layout.value());
    }
    if entries.first()?.is_some() {
        return Ok(FIRST_LAYOUT);
    }
    meta.insert(LAYOUT_KEY, LAYOUT)?;
    Ok(LAYOUT)
}

fn entry(key: &str, (revision, _, value): (u64, i64, &[u8])) -> Entry {
    Entry { key: key.to_owned(), value: value.to_vec(), revision }
}

/// Why a write transaction was given up.
enum Stop {
    Conflict,
    Database(Box<redb::Error>),
}

impl<E: Into<redb::Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

fn next_revision(meta: &Table<'_, &'static str, u64>) -> Result<Revision, Stop> {
    Ok(meta.get(REVISION)?.map_or(0, |r| r.value()) + 1)
}

/// Keeps the new revision if something has changed.
fn settle(
    meta: &mut Table<'_, &'static str, u64>,
    revision: Revision,
    keys: Vec<KeyChange>,
) -> Result<Change, Stop> {
    if keys.is_empty() {
        return Ok(Change { revision: revision - 1, keys });
    }
    meta.insert(REVISION, revision)?;
    Ok(Change { revision, keys })
}

fn check(entries: &Entries<'_>, precondition: &Precondition) -> Result<(), Stop> {
    let (Precondition::Absent(key) | Precondition::Present(key) | Precondition::Unchanged(key, _)) =
        precondition;
    let written = entries.get(key.as_str())?.map(|entry| entry.value().0);
    let holds = match precondition {
        Precondition::Absent(_) => written.is_none(),
        Precondition::Present(_) => written.is_some(),
        Precondition::Unchanged(_, revision) => written == Some(*revision),
    };
    if holds { Ok(()) } else { Err(Stop::Conflict) }
}

/// What a write changes, nothing for a deletion of what is not there; and the lease that the key is or was under, 0
/// for none.
fn carry_out(
    entries: &mut Entries<'_>,
    write: &Write,
    revision: Revision,
) -> Result<(Option<KeyChange>, i64), Stop> {
    match write {
        Write::Put { key, value, lease } => {
            let lease = lease.unwrap_or(0);
            let before = entries.insert(key.as_str(), (revision, lease, value.as_slice()))?;
            // What lasted and does so no more must not come back.
            let lease = if before.is_some_and(|entry| entry.value().1 == 0) { 0 } else { lease };
            Ok((Some((key.clone(), Some(value.clone()))), lease))
        }
        Write::Delete(key) => {
            let gone = entries.remove(key.as_str())?;
            let lease = gone.as_ref().map_or(0, |entry| entry.value().1);
            Ok((gone.map(|_| (key.clone(), None)), lease))
        }
    }
}
