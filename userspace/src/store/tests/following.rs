//! The mirror: what it holds while its store comes and goes.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{
    DEADLINE, Store, StoreError, Write, embedded_bench, etcd_bench, etcd_process::EtcdProcess, writes,
};
use crate::{
    model::{Availability, Id, Node},
    store::{
        Concern, Connection, Mirror, Revision,
        schema::{Key, Part},
    },
};

fn a_node(last_octet: u8) -> Write {
    let node = Node {
        id: Id::random(),
        name: format!("node{last_octet}"),
        vtep: [198, 18, 0, last_octet].into(),
        version: String::new(),
        availability: Availability::Active,
        machine: String::new(),
    };
    let value = serde_json::to_vec(&node).unwrap();
    Write::Put { key: Key::Node(node.id).to_string(), value, lease: None }
}

async fn a_mirror(store: &Arc<dyn Store>) -> Mirror {
    let mirror = Mirror::start(store.clone(), Id::random());
    timeout(DEADLINE, mirror.loaded()).await.unwrap();
    mirror
}

async fn reaches(mirror: &Mirror, wanted: impl Fn(&Connection) -> bool) {
    let mut connection = mirror.connection();
    timeout(DEADLINE, connection.wait_for(wanted)).await.unwrap().unwrap();
}

/// What every node has to know, as of that revision.
fn everyone(revision: Revision) -> Concern {
    Concern::default().with(Part::Cluster, revision)
}

async fn follows(store: &Arc<dyn Store>) {
    store.commit(writes([a_node(1)])).await.unwrap();
    let mirror = a_mirror(store).await;
    assert!(mirror.is_connected());
    assert_eq!(mirror.read(|state| state.nodes.len()), 1);
    for n in 2..50 {
        let revision = store.commit(writes([a_node(n)])).await.unwrap();
        timeout(DEADLINE, mirror.wait_for(&everyone(revision))).await.unwrap();
        assert_eq!(mirror.read(|state| (state.nodes.len(), state.revision)), (n.into(), revision));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_follows_the_embedded_store() {
    follows(&embedded_bench().await.store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_follows_etcd() {
    follows(&etcd_bench().await.store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_keeps_what_it_has_while_etcd_is_away_and_catches_up() {
    let mut etcd = EtcdProcess::start().await;
    let store = etcd.store().await;
    store.commit(writes([a_node(1)])).await.unwrap();
    let mirror = a_mirror(&store).await;
    etcd.kill();
    reaches(&mirror, |c| matches!(c, Connection::Lost(why) if !why.contains('\n'))).await;
    assert_eq!(mirror.read(|state| state.nodes.len()), 1);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(mirror.read(|state| state.nodes.len()), 1);
    etcd.resume().await;
    // By another client: nothing but the watch tells the mirror.
    let revision = etcd.store().await.commit(writes([a_node(2)])).await.unwrap();
    timeout(DEADLINE, mirror.wait_for(&everyone(revision))).await.unwrap();
    // Each part is followed by a task of its own: the others may be a moment later.
    reaches(&mirror, |c| *c == Connection::Connected).await;
    assert_eq!(mirror.read(|state| state.nodes.len()), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_etcd_that_comes_back_empty_empties_nothing() {
    let mut etcd = EtcdProcess::start().await;
    let store = etcd.store().await;
    for n in 1..10 {
        store.commit(writes([a_node(n)])).await.unwrap();
    }
    let mirror = a_mirror(&store).await;
    etcd.wipe();
    etcd.resume().await;
    reaches(&mirror, |c| matches!(c, Connection::Lost(why) if why.contains("was emptied, or restored")))
        .await;
    assert_eq!(mirror.read(|state| state.nodes.len()), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_etcd_that_lost_everything_and_has_grown_since_empties_nothing_and_is_not_written_to() {
    let mut etcd = EtcdProcess::start().await;
    let store = etcd.store().await;
    store.commit(writes([a_node(1)])).await.unwrap();
    let mirror = a_mirror(&store).await;
    etcd.kill();
    reaches(&mirror, |c| matches!(c, Connection::Lost(_))).await;
    etcd.wipe();
    etcd.resume().await;
    let stranger = etcd.store().await;
    for n in 2..20 {
        stranger.commit(writes([a_node(n)])).await.unwrap();
    }
    reaches(&mirror, |c| matches!(c, Connection::Lost(why) if why.contains("was emptied, or restored")))
        .await;
    assert_eq!(mirror.read(|state| state.nodes.len()), 1);
    let refused = store.commit(writes([a_node(99)])).await.unwrap_err();
    assert!(matches!(refused, StoreError::Replaced { .. }), "{refused}");
    assert_eq!(stranger.snapshot().await.unwrap().entries.len(), 18);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_begins_before_etcd_waits_for_it() {
    let mut etcd = EtcdProcess::start().await;
    etcd.kill();
    let store = etcd.store().await;
    let mirror = Mirror::start(store.clone(), Id::random());
    reaches(&mirror, |c| matches!(c, Connection::Lost(_))).await;
    assert!(timeout(Duration::from_millis(100), mirror.loaded()).await.is_err());
    etcd.resume().await;
    timeout(DEADLINE, mirror.loaded()).await.unwrap();
    reaches(&mirror, |c| *c == Connection::Connected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_etcd_that_freezes_is_noticed() {
    let etcd = EtcdProcess::start().await;
    let store = etcd.store().await;
    store.commit(writes([a_node(1)])).await.unwrap();
    let mirror = a_mirror(&store).await;
    etcd.freeze();
    // Nobody asks for anything: only the connection's own questions go unanswered.
    reaches(&mirror, |c| matches!(c, Connection::Lost(_))).await;
    assert_eq!(mirror.read(|state| state.nodes.len()), 1);
}
