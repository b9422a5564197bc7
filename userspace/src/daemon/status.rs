//! How the answering node is.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use causeway_common::{DropReason, names};

use super::{Daemon, Error, Result, inspect, times};
use crate::{
    api::types::{AuditStatus, MapUse, NodeInspect, Status, Version},
    desired::State,
    kernel::{self, Dataplane, KernelError},
    model::Availability,
};

/// What the dataplane has counted.
pub(super) struct Counted {
    /// Packets by road.
    pub(super) counters: BTreeMap<&'static str, u64>,
    /// Packets dropped by reason, also those at zero.
    pub(super) drops: BTreeMap<&'static str, u64>,
    /// Use of each map.
    pub(super) maps: BTreeMap<&'static str, kernel::MapUse>,
}

/// Reads what the dataplane has counted.
pub(super) async fn counted(daemon: &Daemon) -> Result<Counted> {
    let dataplane = Arc::clone(&daemon.dataplane);
    let read = move || read(&dataplane.lock().unwrap_or_else(PoisonError::into_inner));
    let counted = tokio::task::spawn_blocking(read).await;
    counted.map_err(|e| Error::internal("counters", e))?.map_err(|e| Error::internal("counters", e))
}

fn read(dataplane: &Dataplane) -> std::result::Result<Counted, KernelError> {
    Ok(Counted { counters: dataplane.counters()?, drops: dataplane.drops()?, maps: dataplane.map_use()? })
}

/// The daemon's version.
pub fn version() -> Version {
    Version {
        version: env!("CARGO_PKG_VERSION").into(),
        map_layout: names::LAYOUT.into(),
        kernel: nix::sys::utsname::uname()
            .map(|u| u.release().to_string_lossy().into_owned())
            .unwrap_or_default(),
    }
}

/// The node, its store, its dataplane.
///
/// # Errors
/// Where the kernel does not let its counters be read.
pub async fn status(daemon: &Daemon) -> Result<Status> {
    let counted = counted(daemon).await?;
    let (uplink, underlay_mtu) = uplink(daemon);
    let met = daemon.wire.met();
    Ok(daemon.ledger.read(|state| Status {
        node: this_node(daemon, state),
        store: daemon.ledger.store.describe(),
        store_connected: daemon.ledger.mirror.is_connected(),
        store_failure: daemon.ledger.mirror.failure(),
        dataplane_failure: daemon.applied.borrow().failure.clone().unwrap_or_default(),
        store_revision: state.revision,
        store_unreadable: state.unreadable.iter().cloned().collect(),
        uplink,
        uplink_failure: daemon.uplink.line(),
        underlay_mtu,
        vxlan_port: daemon.config.vxlan_port,
        xdp: met.mode.map_or("off", kernel::WireMode::name).to_owned(),
        xdp_reason: met.reason.clone(),
        networks: state.networks_seen_from(&daemon.node).count() as u64,
        containers: state.containers.values().filter(|c| c.node == daemon.node).count() as u64,
        endpoints: state.endpoints.values().filter(|e| e.node == daemon.node).count() as u64,
        counters: owned(&counted.counters),
        drop_reasons: sentences(&counted.drops),
        drops: owned(&counted.drops).into_iter().filter(|(_, n)| *n > 0).collect(),
        audit: audit(daemon),
        maps: counted.maps.iter().map(|(name, used)| ((*name).to_owned(), map_use(*used))).collect(),
    }))
}

fn audit(daemon: &Daemon) -> AuditStatus {
    let last = daemon.audit.record.last();
    let repairs = daemon.audit.record.repairs().into_iter().filter(|(_, n)| *n > 0);
    AuditStatus {
        last: last.map_or_else(String::new, |last| times::rfc3339(last.at)),
        differences: last.map_or(0, |last| last.differences),
        repairs: repairs.map(|(kind, n)| (kind.to_owned(), n)).collect(),
    }
}

fn uplink(daemon: &Daemon) -> (String, u32) {
    let (ifindex, mtu) = daemon.facts.read(|h| (h.uplink, h.underlay_mtu));
    let name = nix::net::if_::if_indextoname(ifindex).ok().map(|n| n.to_string_lossy().into_owned());
    let name = name.filter(|name| !name.is_empty());
    (name.unwrap_or_else(|| format!("(gone; it had index {ifindex})")), mtu)
}

/// The node's record; what the daemon knows itself where the store has lost it.
fn this_node(daemon: &Daemon, state: &State) -> NodeInspect {
    let lost = || crate::model::Node {
        id: daemon.node.clone(),
        name: daemon.config.node.clone(),
        vtep: daemon.facts.read(|h| h.vtep),
        version: env!("CARGO_PKG_VERSION").into(),
        availability: Availability::Active,
        machine: String::new(),
    };
    let node = state.nodes.get(&daemon.node).cloned().unwrap_or_else(lost);
    inspect::node(state, &node, &daemon.node)
}

fn owned(counted: &BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    counted.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
}

/// What each reason that has dropped something means.
fn sentences(drops: &BTreeMap<&'static str, u64>) -> BTreeMap<String, String> {
    let seen = DropReason::ALL.iter().filter(|r| drops.get(r.name()).is_some_and(|n| *n > 0));
    seen.map(|r| (r.name().to_owned(), r.sentence().to_owned())).collect()
}

const fn map_use(used: kernel::MapUse) -> MapUse {
    MapUse { used: used.used, capacity: used.capacity }
}
