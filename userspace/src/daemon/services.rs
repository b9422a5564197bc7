//! Services: created, shown, changed, removed.

use std::sync::Arc;

use super::{Daemon, Result, acknowledge, inspect, operation, times};
use crate::{
    api::types::{BackendInspect, Changed, Created, ServiceCreate, ServiceInspect, ServiceUpdate, Wait},
    desired::{self, Given, State},
    model::Id,
};

/// Creates a service and waits until every node knows it.
///
/// # Errors
/// The refusal of a bad request; the store's error.
pub async fn create(daemon: &Arc<Daemon>, request: ServiceCreate, wait: Wait) -> Result<Created> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let (now, pool) = (times::now(), daemon.config.vip_pool);
        let decide = |state: &State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            desired::service::create(state, &request, &daemon.node, pool, &mut given)
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
        let (now, pool) = (times::now(), daemon.config.vip_pool);
        let decide = |state: &State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            desired::service::update(state, &name, &request, pool, &mut given)
        };
        let (service, concern) = daemon.ledger.commit(decide).await?;
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

/// All services, by name.
pub fn list(daemon: &Daemon) -> Vec<ServiceInspect> {
    let all = |s: &State| s.services.values().map(|service| inspect::service(s, service)).collect();
    let mut services: Vec<ServiceInspect> = daemon.ledger.read(all);
    services.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
    services
}

/// One service.
///
/// # Errors
/// Where there is none of that name.
pub fn inspect(daemon: &Daemon, name: &str) -> Result<ServiceInspect> {
    Ok(daemon.ledger.read(|s| s.service(name).map(|service| inspect::service(s, service)))?)
}

/// Who is behind a service, on all nodes.
///
/// # Errors
/// Where there is none of that name.
pub fn backends(daemon: &Daemon, name: &str) -> Result<Vec<BackendInspect>> {
    Ok(inspect(daemon, name)?.backends)
}
