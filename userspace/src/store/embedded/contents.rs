//! The database with its watchers and leases, under one lock: what is committed is what is watched.

use std::{collections::BTreeSet, path::Path};

use futures::stream::BoxStream;
use redb::Durability;

use super::{failed, file::File, history::History};
use crate::store::{Change, Revision, Snapshot, StoreError, Txn, Write};

/// The database with its watchers and leases.
#[derive(Debug)]
pub(super) struct Contents {
    file: File,
    history: History,
    leases: BTreeSet<i64>,
}

impl Contents {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path)?;
        file.remove_leased(|lease| lease != 0)?;
        let history = History::from(file.revision()?);
        Ok(Self { file, history, leases: BTreeSet::new() })
    }

    pub(super) fn read(&self, prefix: &str) -> Result<Snapshot, StoreError> {
        self.file.read_prefix(prefix)
    }

    pub(super) fn look_up(&self, keys: &[String]) -> Result<Snapshot, StoreError> {
        self.file.look_up(keys)
    }

    pub(super) fn commit(&mut self, txn: &Txn, durability: Durability) -> Result<Revision, StoreError> {
        self.check_leases(txn)?;
        check_keys(txn)?;
        let change = self.file.commit(txn, durability)?;
        let revision = change.revision;
        self.history.publish(change);
        Ok(revision)
    }

    fn check_leases(&self, txn: &Txn) -> Result<(), StoreError> {
        for write in &txn.writes {
            if let Write::Put { lease: Some(lease), .. } = write
                && !self.leases.contains(lease)
            {
                return Err(failed(&format!("lease {lease} has ended")));
            }
        }
        Ok(())
    }

    pub(super) fn watch(
        &self,
        prefix: &str,
        after: Revision,
    ) -> Result<BoxStream<'static, Result<Change, StoreError>>, StoreError> {
        self.history.watch(prefix, after)
    }

    pub(super) fn grant(&mut self) -> i64 {
        loop {
            let id = rand::random_range(1..i64::MAX);
            if self.leases.insert(id) {
                return id;
            }
        }
    }

    pub(super) fn expire(&mut self, lease: i64) -> Result<(), StoreError> {
        self.leases.remove(&lease);
        let change = self.file.remove_leased(|l| l == lease)?;
        self.history.publish(change);
        Ok(())
    }
}

/// Refuses a transaction that writes a key twice, as etcd does: which write would count?
fn check_keys(txn: &Txn) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    for write in &txn.writes {
        let (Write::Put { key, .. } | Write::Delete(key)) = write;
        if !seen.insert(key) {
            return Err(failed(&format!("the transaction writes '{key}' twice")));
        }
    }
    Ok(())
}
