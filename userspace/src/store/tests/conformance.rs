//! What every store promises.

use std::{sync::Arc, time::Duration};

use super::{
    DEADLINE, Precondition, Store, StoreError, delete, embedded_bench, etcd_bench, guarded, keys, next, put,
    put_leased, writes,
};
use crate::store::Entry;

/// Each promise is kept by each store.
macro_rules! promises {
    ($($promise:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise(&super::embedded_bench().await.store).await;
            })+
        }
        mod etcd {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise(&super::etcd_bench().await.store).await;
            })+
        }
    };
}

promises! {
    commits_read_back,
    preconditions_decide,
    a_refused_commit_writes_nothing,
    of_two_commits_for_one_key_one_wins,
    watchers_see_one_change_a_commit,
    watchers_begin_where_they_say,
    deleting_nothing_changes_nothing,
    a_key_written_twice_is_refused,
    leased_keys_stay_while_the_lease_does,
    a_key_can_leave_its_lease,
    an_unknown_lease_is_refused,
    large_contents_are_read_whole,
    a_part_is_read_alone,
    keys_are_looked_up,
    watchers_see_their_part,
}

async fn commits_read_back(store: &Arc<dyn Store>) {
    let before = store.snapshot().await.unwrap();
    assert_eq!(before.entries, []);
    let first = store.commit(writes([put("b", "1"), put("a", "2")])).await.unwrap();
    let second = store.commit(writes([put("b", "3")])).await.unwrap();
    assert!(before.revision < first && first < second);
    let snapshot = store.snapshot().await.unwrap();
    let entry = |key: &str, value: &str, revision| Entry { key: key.into(), value: value.into(), revision };
    assert_eq!(snapshot.revision, second);
    assert_eq!(snapshot.entries, [entry("a", "2", first), entry("b", "3", second)]);
}

async fn preconditions_decide(store: &Arc<dyn Store>) {
    let key = || "k".to_owned();
    let commit = |precondition| store.commit(guarded(precondition, put("k", "v")));
    let conflict = |result| assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
    conflict(commit(Precondition::Present(key())).await);
    conflict(commit(Precondition::Unchanged(key(), 1)).await);
    let written = commit(Precondition::Absent(key())).await.unwrap();
    conflict(commit(Precondition::Absent(key())).await);
    conflict(commit(Precondition::Unchanged(key(), written - 1)).await);
    let again = commit(Precondition::Unchanged(key(), written)).await.unwrap();
    conflict(commit(Precondition::Unchanged(key(), written)).await);
    assert!(commit(Precondition::Present(key())).await.unwrap() > again);
    store.commit(writes([delete("k")])).await.unwrap();
    conflict(commit(Precondition::Present(key())).await);
    commit(Precondition::Absent(key())).await.unwrap();
}

async fn a_refused_commit_writes_nothing(store: &Arc<dyn Store>) {
    let before = store.commit(writes([put("there", "1")])).await.unwrap();
    let mut txn = writes([put("new", "1"), delete("there")]);
    txn.preconditions =
        vec![Precondition::Present("there".to_owned()), Precondition::Present("missing".to_owned())];
    assert!(matches!(store.commit(txn).await, Err(StoreError::Conflict)));
    assert_eq!(store.snapshot().await.unwrap().revision, before);
    assert_eq!(keys(store).await, ["there"]);
}

async fn of_two_commits_for_one_key_one_wins(store: &Arc<dyn Store>) {
    let commits = (0..32).map(|n| {
        let store = store.clone();
        let key = format!("k{}", n % 8);
        tokio::spawn(
            async move { store.commit(guarded(Precondition::Absent(key.clone()), put(&key, "v"))).await },
        )
    });
    let results = futures::future::join_all(commits).await;
    let won = results.into_iter().filter(|r| r.as_ref().unwrap().is_ok()).count();
    assert_eq!(won, 8, "as many as there are keys");
}

async fn watchers_see_one_change_a_commit(store: &Arc<dyn Store>) {
    let start = store.snapshot().await.unwrap().revision;
    let mut changes = store.watch("", start).await.unwrap();
    let first = store.commit(writes([put("a", "1"), put("b", "2")])).await.unwrap();
    let second = store.commit(writes([delete("a"), put("b", "3")])).await.unwrap();
    let mut change = next(&mut changes).await;
    change.keys.sort();
    assert_eq!(change.revision, first);
    assert_eq!(change.keys, [("a".into(), Some(b"1".to_vec())), ("b".into(), Some(b"2".to_vec()))]);
    let mut change = next(&mut changes).await;
    change.keys.sort();
    assert_eq!(change.revision, second);
    assert_eq!(change.keys, [("a".into(), None), ("b".into(), Some(b"3".to_vec()))]);
}

async fn watchers_begin_where_they_say(store: &Arc<dyn Store>) {
    let mut revisions = Vec::new();
    for n in 0..5 {
        revisions.push(store.commit(writes([put("k", &n.to_string())])).await.unwrap());
    }
    let mut changes = store.watch("", revisions[1]).await.unwrap();
    revisions.push(store.commit(writes([put("k", "5")])).await.unwrap());
    for revision in &revisions[2..] {
        assert_eq!(next(&mut changes).await.revision, *revision);
    }
}

async fn deleting_nothing_changes_nothing(store: &Arc<dyn Store>) {
    let first = store.commit(writes([put("a", "1")])).await.unwrap();
    let mut changes = store.watch("", first).await.unwrap();
    assert_eq!(store.commit(writes([delete("nothing")])).await.unwrap(), first);
    let second = store.commit(writes([put("a", "2"), delete("nothing")])).await.unwrap();
    let change = next(&mut changes).await;
    assert_eq!((change.revision, change.keys.len()), (second, 1));
}

async fn a_key_written_twice_is_refused(store: &Arc<dyn Store>) {
    let result = store.commit(writes([put("a", "1"), put("a", "2")])).await;
    assert!(matches!(result, Err(StoreError::Failed { .. })), "{result:?}");
    assert_eq!(keys(store).await, [""; 0]);
}

async fn leased_keys_stay_while_the_lease_does(store: &Arc<dyn Store>) {
    let lease = store.lease(Duration::from_secs(1)).await.unwrap();
    let written =
        store.commit(writes([put_leased("live/a", lease.id), put_leased("live/b", lease.id)])).await.unwrap();
    let mut changes = store.watch("", written).await.unwrap();
    // Several times its time to live: somebody renews it.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(keys(store).await, ["live/a", "live/b"]);
    assert!(!*lease.lost.borrow());
    let id = lease.id;
    drop(lease);
    let mut gone = Vec::new();
    while gone.len() < 2 {
        gone.extend(next(&mut changes).await.keys);
    }
    gone.sort();
    assert_eq!(gone, [("live/a".to_owned(), None), ("live/b".to_owned(), None)]);
    let late = store.commit(writes([put_leased("live/a", id)])).await;
    assert!(matches!(late, Err(StoreError::Failed { .. })), "{late:?}");
}

async fn a_key_can_leave_its_lease(store: &Arc<dyn Store>) {
    let lease = store.lease(Duration::from_secs(1)).await.unwrap();
    store.commit(writes([put_leased("stays", lease.id), put_leased("goes", lease.id)])).await.unwrap();
    let after = store.commit(writes([put("stays", "1")])).await.unwrap();
    let mut changes = store.watch("", after).await.unwrap();
    drop(lease);
    assert_eq!(next(&mut changes).await.keys, [("goes".to_owned(), None)]);
    assert_eq!(keys(store).await, ["stays"]);
}

async fn an_unknown_lease_is_refused(store: &Arc<dyn Store>) {
    let result = store.commit(writes([put_leased("live/a", 4711)])).await;
    assert!(matches!(result, Err(StoreError::Failed { .. })), "{result:?}");
    assert_eq!(keys(store).await, [""; 0]);
}

async fn large_contents_are_read_whole(store: &Arc<dyn Store>) {
    let value = "v".repeat(2000);
    for batch in 0..25 {
        let puts: Vec<_> = (0..100).map(|n| put(&format!("k{:05}", batch * 100 + n), &value)).collect();
        store.commit(writes(puts)).await.unwrap();
    }
    let snapshot = tokio::time::timeout(DEADLINE, store.snapshot()).await.unwrap().unwrap();
    let expected: Vec<_> = (0..2500).map(|n| format!("k{n:05}")).collect();
    assert_eq!(
        snapshot.entries.iter().map(|e| &e.key).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    assert!(snapshot.entries.iter().all(|e| e.value.len() == 2000));
    // A watcher that catches up gets the same in one piece or many.
    let first = snapshot.entries.first().unwrap().revision;
    let mut changes = store.watch("", first - 1).await.unwrap();
    for _ in 0..25 {
        assert_eq!(next(&mut changes).await.keys.len(), 100);
    }
}

async fn a_part_is_read_alone(store: &Arc<dyn Store>) {
    store.commit(writes([put("a/1", "x"), put("b/1", "x"), put("b/2", "x"), put("b0", "x")])).await.unwrap();
    let last = store.commit(writes([put("c/1", "x")])).await.unwrap();
    let part = store.read("b/").await.unwrap();
    let keys: Vec<&str> = part.entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!((keys.as_slice(), part.revision), (&["b/1", "b/2"][..], last));
    assert_eq!(store.read("d/").await.unwrap().entries, []);
}

async fn keys_are_looked_up(store: &Arc<dyn Store>) {
    let first = store.commit(writes([put("a", "1"), put("b", "2")])).await.unwrap();
    let last = store.commit(writes([put("c", "3")])).await.unwrap();
    let found = store.look_up(&["b", "none", "a"].map(str::to_owned)).await.unwrap();
    let entry = |key: &str, value: &str| Entry { key: key.into(), value: value.into(), revision: first };
    assert_eq!((found.entries, found.revision), (vec![entry("b", "2"), entry("a", "1")], last));
    assert_eq!(store.look_up(&[]).await.unwrap().entries, []);
}

async fn watchers_see_their_part(store: &Arc<dyn Store>) {
    let start = store.snapshot().await.unwrap().revision;
    let mut changes = store.watch("a/", start).await.unwrap();
    store.commit(writes([put("b/1", "x"), put("a0", "x")])).await.unwrap();
    let both = store.commit(writes([put("a/1", "x"), put("b/1", "y")])).await.unwrap();
    let seen = next(&mut changes).await;
    assert_eq!((seen.revision, seen.keys), (both, vec![("a/1".to_owned(), Some(b"x".to_vec()))]));
}
