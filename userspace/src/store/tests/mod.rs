//! Both stores under one suite, and what is particular to each.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod certificates;
mod conformance;
mod embedded;
mod etcd;
mod etcd_process;
mod following;
mod interest;
mod users;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream::BoxStream};
use tempfile::TempDir;
use tokio::time::timeout;

use super::{Change, Precondition, Store, StoreError, Txn, Write};
use etcd_process::EtcdProcess;

/// Longer than anything here takes; a test that waits in vain fails after it.
const DEADLINE: Duration = Duration::from_secs(10);

type Changes = BoxStream<'static, Result<Change, StoreError>>;

/// A store with whatever keeps it there.
struct Bench<G> {
    store: Arc<dyn Store>,
    _guard: G,
}

async fn embedded_bench() -> Bench<TempDir> {
    let dir = tempfile::tempdir().unwrap();
    Bench { store: super::open("embedded", dir.path()).await.unwrap(), _guard: dir }
}

async fn etcd_bench() -> Bench<EtcdProcess> {
    let etcd = EtcdProcess::start().await;
    Bench { store: etcd.store().await, _guard: etcd }
}

fn put(key: &str, value: &str) -> Write {
    Write::Put { key: key.to_owned(), value: value.as_bytes().to_vec(), lease: None }
}

fn put_leased(key: &str, lease: i64) -> Write {
    Write::Put { key: key.to_owned(), value: b"x".to_vec(), lease: Some(lease) }
}

fn delete(key: &str) -> Write {
    Write::Delete(key.to_owned())
}

fn writes(writes: impl Into<Vec<Write>>) -> Txn {
    Txn { preconditions: Vec::new(), writes: writes.into() }
}

fn guarded(precondition: Precondition, write: Write) -> Txn {
    Txn { preconditions: vec![precondition], writes: vec![write] }
}

async fn next(changes: &mut Changes) -> Change {
    timeout(DEADLINE, changes.next()).await.expect("a change in time").expect("no end").unwrap()
}

/// The keys in the store.
async fn keys(store: &Arc<dyn Store>) -> Vec<String> {
    store.snapshot().await.unwrap().entries.into_iter().map(|e| e.key).collect()
}
