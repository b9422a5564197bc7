//! Processes of this host that listen on a port which becomes every node's: they hear nothing any more.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    daemon::{Daemon, host},
    desired::State,
    model::{Protocol, Service},
};

/// Says of each port that becomes one of all nodes whether a process of this host has it, until the task is
/// dropped.
pub(in crate::daemon) async fn warn(daemon: Arc<Daemon>) {
    let mut changes = daemon.ledger.mirror.changed();
    let mut known = BTreeSet::new();
    loop {
        changes.mark_unchanged();
        let ports = daemon.ledger.read(ports);
        let come: Vec<_> = ports.iter().filter(|(port, _)| !known.contains(*port)).collect();
        if !come.is_empty() {
            let listening = host::listening();
            for ((protocol, port), service) in come.into_iter().filter(|(port, _)| listening.contains(*port))
            {
                tracing::warn!(
                    service,
                    "port {port}/{protocol} is published on every node now: the process of this host that \
                     listens on it hears nothing any more"
                );
            }
        }
        known = ports.into_keys().collect();
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// The ports of all nodes, and the services that publish them.
fn ports(state: &State) -> BTreeMap<(Protocol, u16), String> {
    let of = |s| Service::ingress(s).map(|port| ((port.protocol, port.published), s.name.clone()));
    state.services.everywhere().flat_map(of).collect()
}
