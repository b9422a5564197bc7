//! Containers' pairs of interfaces, as they should be.

use std::sync::{Arc, PoisonError};

use super::{Difference, Kind};
use crate::{
    daemon::{Daemon, Error, Result, carry, endpoints, endpoints::Plan, reconcile, undo::Undo},
    kernel::Hook,
    link::set_up_outside,
    model::{Container, ContainerState, Id},
};

/// Looks at the interfaces of this node's running containers, one container after the other and each in its
/// turn, and puts them right; what cannot be is said. `also_unknown`: also those that were not found when
/// the daemon started. Later, what is not known is being taken away.
pub(super) async fn look(daemon: &Arc<Daemon>, also_unknown: bool) -> Vec<Difference> {
    let ours = daemon.ledger.read(|state| {
        let ours = state.containers.values().filter(|c| runs_here(daemon, c)).map(|c| c.id.clone());
        ours.collect::<Vec<Id>>()
    });
    let mut found = Vec::new();
    for id in ours {
        let _turn = daemon.serial.turn(&id).await;
        let container =
            daemon.ledger.read(|s| s.containers.get(&id).filter(|c| runs_here(daemon, c)).cloned());
        let Some(container) = container else { continue };
        for plan in endpoints::plans_of(daemon, &container) {
            let known = daemon.facts.read(|host| host.interfaces.get(plan.id()).copied());
            if known.is_none() && !also_unknown {
                continue;
            }
            match endpoint(daemon, &plan, known).await {
                Ok(more) => found.extend(more),
                Err(error) => {
                    tracing::warn!(container = container.name, %error, "an interface is not as it should be");
                }
            }
        }
    }
    found
}

fn runs_here(daemon: &Daemon, container: &Container) -> bool {
    container.node == daemon.node && matches!(container.state, ContainerState::Running { .. })
}

async fn endpoint(daemon: &Arc<Daemon>, plan: &Plan, known: Option<u32>) -> Result<Vec<Difference>> {
    let name = plan.host_ifname();
    let there = daemon.link.find(&name).await.map_err(|e| Error::Internal(e.to_string()))?;
    let Some(there) = there else {
        make_anew(daemon, plan, known).await?;
        return Ok(vec![Difference::new(Kind::Interface, format!("interface {name} of {plan} was gone"))]);
    };
    let mut found = Vec::new();
    if !there.up {
        let (name, ifindex) = (name.clone(), there.ifindex);
        blocking(move || set_up_outside(&name, ifindex)).await?;
        found.push(Difference::new(Kind::Interface, format!("interface {} of {plan} was down", there.name)));
    }
    if attach(daemon, &name, there.ifindex).await? {
        found.push(Difference::new(
            Kind::Program,
            format!("from_container was not on interface {name} of {plan}"),
        ));
    }
    daemon.facts.change(|host| {
        host.interfaces.insert(plan.id().clone(), there.ifindex);
    });
    found.extend(inside(plan).await?);
    Ok(found)
}

/// The pair is gone with all that was on it; the link of its program is only a name.
async fn make_anew(daemon: &Arc<Daemon>, plan: &Plan, known: Option<u32>) -> Result<()> {
    if let Some(ifindex) = known {
        let mut dataplane = daemon.dataplane.lock().unwrap_or_else(PoisonError::into_inner);
        dataplane.detach(Hook::FromContainer, ifindex).map_err(|e| Error::Internal(e.to_string()))?;
    }
    let mut undo = Undo::new();
    let made = realise(daemon, plan, &mut undo).await;
    undo.settle(made).await
}

async fn realise(daemon: &Arc<Daemon>, plan: &Plan, undo: &mut Undo) -> Result<()> {
    let laid = endpoints::realise(daemon, plan, undo).await?;
    reconcile::settled(daemon).await.map_err(Error::Internal)?;
    carry::carry(daemon, vec![laid]).await
}

/// True where the program was not there.
async fn attach(daemon: &Daemon, name: &str, ifindex: u32) -> Result<bool> {
    let (dataplane, name) = (Arc::clone(&daemon.dataplane), name.to_owned());
    blocking(move || {
        let mut dataplane = dataplane.lock().unwrap_or_else(PoisonError::into_inner);
        dataplane.attach_if_missing(Hook::FromContainer, &name, ifindex)
    })
    .await
}

/// The container's end.
async fn inside(plan: &Plan) -> Result<Vec<Difference>> {
    let inside = plan.inside();
    let missing = inside.missing().await.map_err(|e| Error::Internal(e.to_string()))?;
    if missing.is_none() {
        return Ok(Vec::new());
    }
    blocking(move || inside.set_up(|| ())).await?;
    let all = [
        (missing.up, Kind::Interface, "was down"),
        (missing.address, Kind::Address, "had lost its address"),
        (missing.routes, Kind::Route, "had lost routes"),
    ];
    let found = all.into_iter().filter(|(is_missing, ..)| *is_missing);
    Ok(found.map(|(_, kind, what)| Difference::new(kind, format!("{plan} {what}"))).collect())
}

async fn blocking<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|e| Error::internal("audit", e))?;
    done.map_err(|error| Error::Internal(error.to_string()))
}
