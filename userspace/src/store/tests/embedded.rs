//! What is particular to the embedded store.

use std::time::Duration;

use super::{StoreError, delete, embedded_bench, keys, put, put_leased, writes};
use crate::store::{Embedded, Store};

#[tokio::test]
async fn contents_outlive_the_process_and_leases_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("causeway.redb");
    let store = Embedded::open(&path).unwrap();
    let lease = store.lease(Duration::from_secs(60)).await.unwrap();
    let written = store.commit(writes([put("a", "1"), put_leased("live/n", lease.id)])).await.unwrap();
    drop((store, lease));
    let store = Embedded::open(&path).unwrap();
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.entries.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(snapshot.revision, written + 1, "the lease's end is a change");
}

/// What who is killed now leaves, and is found by the next one.
async fn left(path: &std::path::Path) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy.redb");
    std::fs::copy(path, &copy).unwrap();
    let store: std::sync::Arc<dyn Store> = std::sync::Arc::new(Embedded::open(&copy).unwrap());
    keys(&store).await
}

#[tokio::test]
async fn what_is_committed_for_now_lasts_with_the_next_commit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("causeway.redb");
    let store = Embedded::open(&path).unwrap();
    let lease = store.lease(Duration::from_secs(60)).await.unwrap();
    store.commit(writes([put("a", "1"), put("leaves", "1")])).await.unwrap();
    assert_eq!(left(&path).await, ["a", "leaves"]);
    // The disk is waited for by neither.
    store.commit_for_now(writes([put("b", "1")])).await.unwrap();
    store.commit(writes([put_leased("live/n", lease.id)])).await.unwrap();
    store.commit(writes([delete("live/n")])).await.unwrap();
    assert_eq!(left(&path).await, ["a", "leaves"]);
    // What lasted does not come back.
    store.commit(writes([put_leased("leaves", lease.id)])).await.unwrap();
    assert_eq!(left(&path).await, ["a", "b"]);
    store.commit_for_now(writes([put("c", "1")])).await.unwrap();
    store.commit(writes([delete("a")])).await.unwrap();
    assert_eq!(left(&path).await, ["b", "c"]);
}

#[tokio::test]
async fn a_second_opener_is_told_who_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("causeway.redb");
    let _first = Embedded::open(&path).unwrap();
    let message = Embedded::open(&path).unwrap_err().to_string();
    assert!(message.contains("another causewayd has it open"), "{message}");
    assert!(message.contains("causeway.redb"), "{message}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("causeway.redb");
    std::fs::write(&path, "something else").unwrap();
    let message = Embedded::open(&path).unwrap_err().to_string();
    assert!(message.contains("causeway.redb") && !message.contains('\n'), "{message}");
}

#[tokio::test]
async fn old_changes_are_forgotten() {
    let store = embedded_bench().await.store;
    let mut slow = store.watch("", 0).await.unwrap();
    let mut last = 0;
    for n in 0..1100 {
        last = store.commit(writes([put("k", &n.to_string())])).await.unwrap();
    }
    assert!(matches!(store.watch("", 0).await.err(), Some(StoreError::Compacted(0))));
    store.watch("", last - 1000).await.map(drop).unwrap();
    let slow_sees = futures::StreamExt::next(&mut slow).await.unwrap();
    assert!(matches!(slow_sees, Err(StoreError::Compacted(_))), "{slow_sees:?}");
    assert_eq!(keys(&store).await, ["k"]);
}

#[tokio::test]
async fn a_file_of_another_layout_is_refused_with_the_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("causeway.redb");
    drop(Embedded::open(&path).unwrap());
    drop(Embedded::open(&path).unwrap());
    say_layout(&path, 1);
    let message = Embedded::open(&path).unwrap_err().to_string();
    assert!(message.contains("layout 1") && message.contains("remove the file"), "{message}");
}

fn say_layout(path: &std::path::Path, layout: u64) {
    let database = redb::Database::create(path).unwrap();
    let txn = database.begin_write().unwrap();
    let meta = redb::TableDefinition::<&str, u64>::new("meta");
    txn.open_table(meta).unwrap().insert("layout", layout).unwrap();
    txn.commit().unwrap();
}
