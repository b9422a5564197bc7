//! Services of Docker's containers, made when they are first needed and removed with the last container.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::pools::PATIENCE;
use crate::{
    api::types::ServiceUpdate,
    daemon::{Daemon, Result, containers, services},
    desired::{
        State,
        docker::{self, Wish},
    },
    model::Id,
};

/// How long changes may follow one another before they are looked at.
const BURST: Duration = Duration::from_millis(50);
/// How soon what failed is tried again though nothing has changed.
const RETRY: Duration = Duration::from_secs(5);

/// Makes this node's containers of Docker's backends of the services that they are to be, until the task is
/// dropped: which containers are one service is seen by what all nodes record.
pub async fn follow_services(daemon: Arc<Daemon>) {
    let mut changes = daemon.ledger.mirror.changed();
    let mut said = BTreeSet::new();
    loop {
        for (container, wish) in open(&daemon) {
            if let Err(error) = settle(&daemon, &container, &wish).await
                && said.insert((container.clone(), error.to_string()))
            {
                tracing::warn!(service = wish.name, container = container.short(), %error, "it is no backend");
            }
        }
        let again = if open(&daemon).is_empty() { Duration::MAX } else { RETRY };
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(again) => {}
        }
        tokio::time::sleep(BURST).await;
    }
}

/// The containers that are no backend yet and are to be one.
fn open(daemon: &Daemon) -> Vec<(Id, Wish)> {
    daemon.ledger.read(|s| {
        let told = |c: &&crate::model::Container| c.docker.as_ref().is_some_and(|d| d.id.is_some());
        let ours = s.containers.values().filter(|c| c.node == daemon.node && c.is_in_sandbox()).filter(told);
        let wishes = ours.filter_map(|c| Some((c, docker::wish(s, c)?)));
        let is_open = |(c, wish): &(&crate::model::Container, Wish)| match wish.service(s) {
            Some(service) => !c.services.contains(&service.id) || !wish.lacking(service).is_empty(),
            None => docker::missing(s, wish),
        };
        wishes.filter(is_open).map(|(c, wish)| (c.id.clone(), wish)).collect()
    })
}

async fn settle(daemon: &Arc<Daemon>, container: &Id, wish: &Wish) -> Result<()> {
    if let Err(wrong) = &wish.ports {
        tracing::warn!(service = wish.name, wrong, "the label causeway.publish is passed over");
    }
    let service = match daemon.ledger.read(|s| wish.service(s).map(|service| service.id.clone())) {
        Some(id) => id,
        None => make(daemon, wish).await?,
    };
    let lacking = daemon.ledger.read(|s| s.services.get(&service).map(|of| wish.lacking(of)));
    if let Some(publish_add) = lacking.filter(|lacking| !lacking.is_empty()) {
        let request = ServiceUpdate { publish_add, ..ServiceUpdate::default() };
        services::update(daemon, service.as_str(), request, PATIENCE).await?;
    }
    let _following = containers::enter(daemon, &[], &[service.to_string()], &Default::default()).await?;
    daemon.ledger.commit(|s: &State| docker::join_service(s, container, &service)).await?;
    Ok(())
}

/// Makes it, unless another node was faster.
async fn make(daemon: &Arc<Daemon>, wish: &Wish) -> Result<Id> {
    let made = services::create(daemon, wish.request(), PATIENCE).await;
    let there = daemon.ledger.read(|s| wish.service(s).map(|service| service.id.clone()));
    match (there, made) {
        (Some(id), _) => Ok(id),
        (None, Err(error)) => Err(error),
        (None, Ok(made)) => {
            Ok(daemon.ledger.read(|s| s.service(&made.id).map(|service| service.id.clone()))?)
        }
    }
}

/// Removes, aside, those of the services that were made for Docker's containers and have none any more.
pub(super) fn drop_orphans(daemon: &Arc<Daemon>, services: Vec<Id>) {
    let daemon = Arc::clone(daemon);
    tokio::spawn(async move {
        for service in services {
            if let Err(error) = drop_orphan(&daemon, &service).await {
                tracing::warn!(service = service.short(), %error, "a service without containers stays");
            }
        }
    });
}

async fn drop_orphan(daemon: &Arc<Daemon>, service: &Id) -> Result<()> {
    let named = [service.to_string()];
    let _following = containers::enter(daemon, &[], &named, &Default::default()).await?;
    if daemon.ledger.read(|s| docker::is_orphan(s, service)) {
        services::remove(daemon, service.as_str(), PATIENCE).await?;
    }
    Ok(())
}
