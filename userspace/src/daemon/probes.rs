//! TCP probes: a backend whose service names a port (`--health-tcp`) takes conversations only as long as
//! that port takes connections from the node.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddrV4},
    sync::Arc,
    time::Duration,
};

use tokio::{net::TcpStream, task::JoinHandle, time};

use super::Daemon;
use crate::{
    desired::{self, State},
    model::{Backend, BackendState, ContainerState, Id},
};

/// From one probe to the next.
const PERIOD: Duration = Duration::from_secs(1);
/// How long a connection may take to come about.
const PATIENCE: Duration = Duration::from_secs(1);
/// Probes in a row that fail before a backend takes no more conversations.
const FAILURES: u32 = 3;

/// Service and container.
type Key = (Id, Id);

/// What is probed where; without a port it is healthy as long as it runs.
type Target = (Ipv4Addr, Option<u16>);

/// Probes the node's backends until the task is dropped.
pub(super) async fn follow(daemon: Arc<Daemon>) {
    let mut changes = daemon.ledger.mirror.changed();
    let mut probes: HashMap<Key, (Target, JoinHandle<()>)> = HashMap::new();
    loop {
        let wanted = daemon.ledger.read(|s| targets(s, &daemon.node));
        probes.retain(|key, (target, probe)| {
            let stays = wanted.get(key) == Some(target);
            if !stays {
                probe.abort();
            }
            stays
        });
        for (key, target) in wanted {
            let (service, container) = key.clone();
            let probe = || tokio::spawn(probe(Arc::clone(&daemon), service, container, target));
            probes.entry(key).or_insert_with(|| (target, probe()));
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Who is to be probed: those that run, unless they take nothing new anyhow. One that waits for a
/// service that asks for no probe any more is among them.
fn targets(state: &State, node: &Id) -> HashMap<Key, Target> {
    let runs = |b: &&Backend| {
        let container = state.containers.get(&b.container);
        container.is_some_and(|c| matches!(c.state, ContainerState::Running { .. }))
    };
    let here = state.backends.values().filter(|b| b.node == *node && b.state != BackendState::Draining);
    let target = |b: &Backend| {
        let port = state.services.get(&b.service)?.health_tcp;
        let waits = b.state == BackendState::Starting;
        (port.is_some() || waits).then(|| ((b.service.clone(), b.container.clone()), (b.addr, port)))
    };
    here.filter(runs).filter_map(target).collect()
}

async fn probe(daemon: Arc<Daemon>, service: Id, container: Id, (addr, port): Target) {
    let mut failures = 0;
    loop {
        let healthy = match port {
            Some(port) => connects(SocketAddrV4::new(addr, port)).await,
            None => true,
        };
        failures = if healthy { 0 } else { failures + 1 };
        if healthy || failures >= FAILURES {
            report(&daemon, &service, &container, healthy).await;
        }
        time::sleep(PERIOD).await;
    }
}

async fn connects(target: SocketAddrV4) -> bool {
    matches!(time::timeout(PATIENCE, TcpStream::connect(target)).await, Ok(Ok(_)))
}

/// Records what was found, where that is news. A store that does not answer is told at the next probe.
async fn report(daemon: &Daemon, service: &Id, container: &Id, healthy: bool) {
    let as_recorded = if healthy { BackendState::Active } else { BackendState::Starting };
    let key = (service.clone(), container.clone());
    if daemon.ledger.read(|s| s.backends.get(&key).is_none_or(|b| b.state == as_recorded)) {
        return;
    }
    let decide = |s: &State| desired::service::report(s, service, container, healthy);
    match daemon.ledger.commit(decide).await {
        Ok(_) => tracing::info!(container = container.short(), service = service.short(), healthy, "probed"),
        Err(error) => {
            tracing::warn!(container = container.short(), %error, "what a probe found is not recorded");
        }
    }
}
