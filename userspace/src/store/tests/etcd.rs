//! What is particular to etcd.

use std::time::{Duration, Instant};

use super::{
    DEADLINE, StoreError,
    etcd_process::{EtcdProcess, free_port},
    keys, put, put_leased, writes,
};
use crate::store::open;

#[tokio::test(flavor = "multi_thread")]
async fn an_etcd_that_is_not_there_is_said_soon_and_in_one_line() {
    let nowhere = std::path::Path::new("/nonexistent");
    let spec = format!("etcd://127.0.0.1:{},127.0.0.1:{}", free_port(), free_port());
    let store = open(&spec, nowhere).await.unwrap();
    let begun = Instant::now();
    let error = store.commit(writes([put("a", "1")])).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let text = error.to_string();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{text}");
    assert!(text.contains(&spec) && text.contains("refused") && !text.contains('\n'), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_etcd_that_says_nothing_is_said_soon() {
    // Accepts connections (the backlog does) and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let spec = format!("etcd://{}", silent.local_addr().unwrap());
    let store = open(&spec, std::path::Path::new("/nonexistent")).await.unwrap();
    let begun = Instant::now();
    let error = store.snapshot().await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_spec_is_refused() {
    for spec in ["", "redis://x:1", "etcd://", "etcd://host", "etcd://a:1,", "etcd://:1", "etcd://a:70000"] {
        let error = open(spec, std::path::Path::new("/nonexistent")).await.err().unwrap().to_string();
        assert!(error.contains("--store"), "{spec}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_is_away_is_passed_over() {
    let etcd = EtcdProcess::start().await;
    let spec = format!("etcd://127.0.0.1:{},{}", free_port(), etcd.endpoint());
    let store = open(&spec, std::path::Path::new("/nonexistent")).await.unwrap();
    store.commit(writes([put("a", "1")])).await.unwrap();
    let lease = store.lease(Duration::from_secs(5)).await.unwrap();
    let written = store.commit(writes([put_leased("b", lease.id)])).await.unwrap();
    assert_eq!(keys(&store).await, ["a", "b"]);
    store.watch("", written).await.map(drop).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compacted_revision_is_named() {
    let etcd = EtcdProcess::start().await;
    let store = etcd.store().await;
    let first = store.commit(writes([put("a", "1")])).await.unwrap();
    let last = store.commit(writes([put("a", "2")])).await.unwrap();
    let mut client = etcd_client::Client::connect([etcd.endpoint()], None).await.unwrap();
    client.compact(i64::try_from(last).unwrap(), None).await.unwrap();
    let mut changes = match store.watch("", first - 1).await {
        Err(error) => return assert!(matches!(error, StoreError::Compacted(_)), "{error}"),
        Ok(changes) => changes,
    };
    let told = tokio::time::timeout(DEADLINE, futures::StreamExt::next(&mut changes)).await.unwrap().unwrap();
    assert!(matches!(told, Err(StoreError::Compacted(_))), "{told:?}");
    assert!(futures::StreamExt::next(&mut changes).await.is_none(), "and then it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_somebody_revokes_is_said_to_be_lost() {
    let etcd = EtcdProcess::start().await;
    let store = etcd.store().await;
    let mut lease = store.lease(Duration::from_secs(2)).await.unwrap();
    let mut client = etcd_client::Client::connect([etcd.endpoint()], None).await.unwrap();
    client.lease_revoke(lease.id).await.unwrap();
    tokio::time::timeout(DEADLINE, lease.lost.wait_for(|lost| *lost)).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_outlives_a_restart_of_etcd() {
    let mut etcd = EtcdProcess::start().await;
    let store = etcd.store().await;
    let lease = store.lease(Duration::from_secs(2)).await.unwrap();
    store.commit(writes([put_leased("live/a", lease.id)])).await.unwrap();
    etcd.kill();
    tokio::time::sleep(Duration::from_secs(3)).await;
    etcd.resume().await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(!*lease.lost.borrow());
    assert_eq!(keys(&store).await, ["live/a"]);
}
