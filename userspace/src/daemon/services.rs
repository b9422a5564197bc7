//! Services: created, shown, changed, removed.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};

use super::{Daemon, Result, acknowledge, inspect, operation, times};
use crate::{
    api::types::{
        BackendInspect, Changed, Created, ServiceCreate, ServiceInspect, ServicePublish, ServiceUpdate, Wait,
    },
    desired::{self, Given, State, service::Supply},
    model::{Id, PortMode},
    store::{Concern, Snapshot, schema::Part},
};

/// Where services' addresses come from.
fn supply(daemon: &Daemon) -> Supply {
    Supply { first_pool: daemon.config.vip_pool, most: daemon.config.limits.services }
}

/// Networks whose backends are read from the store at once.
const READS: usize = 16;

/// Creates a service and waits until every node knows it.
///
/// # Errors
/// The refusal of a bad request; the store's error.
pub async fn create(daemon: &Arc<Daemon>, request: ServiceCreate, wait: Wait) -> Result<Created> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let (now, supply) = (times::now(), supply(&daemon));
        let _following = daemon.ledger.follow(publishers(&daemon, &request.ports)).await?;
        let decide = |state: &State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            desired::service::create(state, &request, &daemon.node, supply, &mut given)
        };
        let (service, concern) = daemon.ledger.commit(decide).await?;
        tracing::info!(service = service.name, id = service.id.short(), "created");
        let laggards = acknowledge::everywhere(&daemon, &concern, wait).await;
        Ok(Created { id: service.id.to_string(), laggards })
    })
    .await
}

/// Changes a service and waits until every node knows it.
///
/// # Errors
/// The refusal of a bad request, or where there is none of that name; the store's error.
pub async fn update(daemon: &Arc<Daemon>, name: &str, request: ServiceUpdate, wait: Wait) -> Result<Changed> {
    let (daemon, name) = (Arc::clone(daemon), name.to_owned());
    operation::whole(async move {
        let (now, supply) = (times::now(), supply(&daemon));
        let parts = part(&daemon, &name).into_iter().chain(publishers(&daemon, &request.publish_add));
        let _following = daemon.ledger.follow(parts).await?;
        let decide = |state: &State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            desired::service::update(state, &name, &request, supply, &mut given)
        };
        let (service, mut concern) = daemon.ledger.commit(decide).await?;
        concern.merge(move_backends(&daemon, &service.id).await?);
        tracing::info!(service = service.name, "updated");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}

/// Removes a service; the containers behind it go on.
///
/// # Errors
/// The refusal where it is unknown; the store's error.
pub async fn remove(daemon: &Arc<Daemon>, name: &str, wait: Wait) -> Result<Changed> {
    let (daemon, name) = (Arc::clone(daemon), name.to_owned());
    operation::whole(async move {
        // Several services may be called so one after the other: it is the first that goes.
        let id = daemon.ledger.read(|s| s.service(&name).map(|service| service.id.clone()))?;
        let _following = daemon.ledger.follow(part(&daemon, id.as_str())).await?;
        let decide = |state: &State| desired::service::remove(state, id.as_str());
        let concern = loop {
            let (removal, concern) = daemon.ledger.commit(decide).await?;
            if removal.done {
                break concern;
            }
        };
        tracing::info!(service = name, id = id.short(), "removed");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}

/// The network that a service and its backends are in.
fn part(daemon: &Daemon, name: &str) -> Option<Part> {
    daemon.ledger.read(|s| s.service(name).ok()?.network.clone().map(Part::Network))
}

/// Who might publish the same ports on one node: the containers of all nodes, where a port is to be every
/// node's.
fn publishers(daemon: &Daemon, ports: &[ServicePublish]) -> Vec<Part> {
    if ports.iter().all(|port| port.mode != PortMode::Ingress) {
        return Vec::new();
    }
    daemon.ledger.read(|s| s.nodes.keys().cloned().map(Part::Node).collect())
}

/// Brings the backends to where those who have to know of them now look: everybody, or their network.
async fn move_backends(daemon: &Daemon, service: &Id) -> Result<Concern> {
    let mut concern = Concern::default();
    while daemon.ledger.read(|s| desired::service::move_backends(s, service).0 > 0) {
        let decide = |state: &State| Ok(desired::service::move_backends(state, service));
        concern.merge(daemon.ledger.commit(decide).await?.1);
    }
    Ok(concern)
}

/// All services, by name.
///
/// # Errors
/// The store's error: most networks' backends this node does not follow.
pub async fn list(daemon: &Daemon) -> Result<Vec<ServiceInspect>> {
    let unknown: Vec<Id> = daemon.ledger.read(desired::service::unknown_networks);
    let read = |network: Id| async move { daemon.ledger.backends(&network).await };
    let found: Vec<Snapshot> = stream::iter(unknown).map(read).buffered(READS).try_collect().await?;
    let all = |s: &State| {
        let mut state = s.clone();
        found.iter().for_each(|found| state.look_up(found));
        state.services.values().map(|service| inspect::service(&state, service)).collect()
    };
    let mut services: Vec<ServiceInspect> = daemon.ledger.read(all);
    services.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
    Ok(services)
}

/// One service.
///
/// # Errors
/// Where there is none of that name.
pub async fn inspect(daemon: &Daemon, name: &str) -> Result<ServiceInspect> {
    let _following = daemon.ledger.follow(part(daemon, name)).await?;
    Ok(daemon.ledger.read(|s| s.service(name).map(|service| inspect::service(s, service)))?)
}

/// Who is behind a service, on all nodes.
///
/// # Errors
/// Where there is none of that name.
pub async fn backends(daemon: &Daemon, name: &str) -> Result<Vec<BackendInspect>> {
    Ok(inspect(daemon, name).await?.backends)
}
