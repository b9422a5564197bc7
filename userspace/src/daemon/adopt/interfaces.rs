//! Interfaces and the programs on them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::PoisonError,
};

use crate::{
    daemon::{Daemon, Error, Result, carry, endpoints},
    desired::State,
    kernel::Hook,
    model::{Endpoint, Stage},
};

/// Finds this node's interfaces again by their names, before the first reconciliation: without them
/// it would take their containers out of the dataplane. Those that are gone are made anew by the first audit.
///
/// # Errors
/// Where the kernel does not list interfaces.
pub(in crate::daemon) async fn interfaces(daemon: &Daemon) -> Result<()> {
    let found = daemon.link.list().await.map_err(|e| Error::internal("interfaces", e))?;
    let ours = |s: &State| {
        let has_pair = |e: &&Endpoint| e.node == daemon.node && !is_only_address(s, e);
        s.endpoints.values().filter(has_pair).cloned().collect()
    };
    let endpoints: Vec<Endpoint> = daemon.ledger.read(ours);
    let found: HashMap<&str, u32> = found.iter().map(|i| (i.name.as_str(), i.ifindex)).collect();
    let mut adopted = BTreeMap::new();
    for endpoint in endpoints {
        let host_name = endpoint.host_ifname();
        match found.get(host_name.as_str()) {
            Some(ifindex) if is_adopted(daemon, &endpoint, *ifindex).await => {
                take_frames(daemon, &endpoint, *ifindex).await;
                adopted.insert(endpoint.id, *ifindex);
            }
            Some(_) => {}
            None => tracing::warn!(container = endpoint.container_name, host_name, "its interface is gone"),
        }
    }
    // All at once: each change of the facts is as much work as there are interfaces.
    daemon.facts.change(|host| host.interfaces.extend(adopted));
    forget_programs(daemon);
    Ok(())
}

/// Whether it is an address that Docker's engine was given and of which nothing is made.
fn is_only_address(state: &State, endpoint: &Endpoint) -> bool {
    let docker = state.containers.get(&endpoint.container).and_then(|c| c.docker.as_ref());
    docker.is_some_and(|docker| docker.stage == Stage::Reserved)
}

/// The program is attached already, unless the daemon died just before.
async fn is_adopted(daemon: &Daemon, endpoint: &Endpoint, ifindex: u32) -> bool {
    let attached = carry::attach(daemon, endpoint.host_ifname(), ifindex).await;
    if let Err(error) = &attached {
        tracing::warn!(container = endpoint.container_name, %error, "not attached");
    }
    attached.is_ok()
}

/// Where one does not, none is sent any.
async fn take_frames(daemon: &Daemon, endpoint: &Endpoint, ifindex: u32) {
    if let Err(error) = endpoints::take_frames(daemon, endpoint, ifindex).await {
        tracing::warn!(container = endpoint.container_name, %error, "datagrams take the longer way");
        daemon.facts.change(|host| host.local.frames = false);
    }
}

/// Links of interfaces that are no endpoint's any more.
fn forget_programs(daemon: &Daemon) {
    let known: HashSet<u32> = daemon.facts.read(|h| h.interfaces.values().copied().collect());
    let mut dataplane = daemon.dataplane.lock().unwrap_or_else(PoisonError::into_inner);
    let attached = dataplane.attached().unwrap_or_default();
    let stale = attached.into_iter().filter(|(h, i)| *h == Hook::FromContainer && !known.contains(i));
    for (hook, ifindex) in stale {
        if let Err(error) = dataplane.detach(hook, ifindex) {
            tracing::warn!(ifindex, %error, "a program stays");
        }
    }
}
