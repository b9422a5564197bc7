//! Requests: JSON of `n` a network, `c` a container, `a` an attachment, `s` a service, `u` a service's update, `j` and
//! `l` joining and leaving a network, `p` a prune, `d` a node's availability, `e` an exec, `x` a failure, and `?` a
//! query.
//!
//! What can be read is decided on in a small cluster: it is refused in one line, or its transaction leaves records
//! that read back, from which tables and names can be built.

use std::{collections::BTreeSet, fmt::Debug, net::Ipv4Addr};

use axum::{extract::Query, http::Uri};
use causeway::{
    api::types::{
        ContainerAttach, ContainerCreate, ContainerExec, Failure, Follow, Kill, NetworkConnect,
        NetworkCreate, NetworkDisconnect, NetworkPrune, NodeUpdate, Removal, ServiceCreate, ServiceUpdate,
        Stop, Wait, Which,
    },
    daemon::Error,
    desired::{Given, Refusal, State, container, network, node, service},
    store::Txn,
};
use ipnet::Ipv4Net;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    cluster::{CLUSTER, Cluster, PORTS, node_id},
    is_one_line, text,
};

/// Where services get their addresses.
const POOL: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 255, 0, 0), 16);

/// Reads.
pub fn run(input: &[u8]) {
    let Some((kind, text)) = text(input) else { return };
    match kind {
        b'n' => ask(text, |r: NetworkCreate, s, g| network::create(s, &r, &node_id(1), &[], g)),
        b'c' => ask(text, |r: ContainerCreate, s, g| container::create(s, &r, &node_id(1), &PORTS, g)),
        b'a' => ask(text, |r: ContainerAttach, s, g| {
            container::attach(s, &r, &node_id(1), "/netns".into(), &BTreeSet::new(), &PORTS, g)
        }),
        b's' => ask(text, |r: ServiceCreate, s, g| service::create(s, &r, &node_id(1), POOL, g)),
        b'u' => ask(text, |r: ServiceUpdate, s, g| service::update(s, "site", &r, POOL, g)),
        b'j' => ask(text, |r: NetworkConnect, s, g| {
            container::connect(s, &r.container, &r.attach, &node_id(1), &BTreeSet::new(), g)
        }),
        b'l' => ask(text, |r: NetworkDisconnect, s, _| {
            container::disconnect(s, "shop", &r.container, &node_id(1), r.force)
        }),
        b'd' => ask(text, |r: NodeUpdate, s, _| node::update(s, "node1", r.availability)),
        _ => others(kind, text),
    }
}

fn others(kind: u8, text: &str) {
    match kind {
        b'p' => {
            let Some(request) = read::<NetworkPrune>(text) else { return };
            let going = CLUSTER.state.networks.values().filter(|n| network::is_asked_for(&request, n));
            assert!(going.count() <= CLUSTER.state.networks.len());
        }
        b'e' => drop(read::<ContainerExec>(text)),
        b'x' => drop(read::<Failure>(text)),
        b'?' => query(text),
        _ => {}
    }
}

/// What is read is written so that it is read alike.
fn read<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) -> Option<T> {
    let request: T = serde_json::from_str(text).ok()?;
    let written = serde_json::to_string(&request).expect("JSON");
    assert_eq!(serde_json::from_str::<T>(&written).expect("what we wrote"), request, "{written}");
    Some(request)
}

/// Decides what is asked for, and carries it out.
fn ask<R: Serialize + DeserializeOwned + PartialEq + Debug, T>(
    text: &str,
    decide: impl FnOnce(R, &State, &mut Given<'_>) -> Result<(T, Txn), Refusal>,
) {
    let Some(request) = read(text) else { return };
    let mut cluster = CLUSTER.clone();
    match cluster.decide(|state, given| decide(request, state, given)) {
        Ok(_) => stands(&cluster),
        Err(refusal) => is_one_line(&Error::from(refusal).failure().message),
    }
}

/// Everything that was written can be read, and built upon.
fn stands(cluster: &Cluster) {
    assert_eq!(cluster.state.unreadable, BTreeSet::new());
    let _ = (cluster.tables(), cluster.names());
}

/// Waits are such that clocks can be set by them.
fn query(text: &str) {
    let Ok(uri) = format!("/v1/x?{text}").parse::<Uri>() else { return };
    let ahead = |wait: Wait| assert!(std::time::Instant::now().checked_add(wait.duration()).is_some());
    drop(Query::<Wait>::try_from_uri(&uri).map(|Query(wait)| ahead(wait)));
    drop(Query::<Removal>::try_from_uri(&uri).map(|Query(removal)| ahead(removal.wait())));
    drop(Query::<Stop>::try_from_uri(&uri).map(|Query(stop)| ahead(stop.wait())));
    drop(Query::<Which>::try_from_uri(&uri));
    drop(Query::<Kill>::try_from_uri(&uri));
    drop(Query::<Follow>::try_from_uri(&uri));
}
