//! Containers' pairs of interfaces, as they should be.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

use super::{Difference, Kind};
use crate::{
    api::types::Wait,
    daemon::{Daemon, Error, Result, attachments, carry, endpoints, endpoints::Plan, reconcile, undo::Undo},
    kernel::Hook,
    link::{Interface, set_up_outside},
    model::{Container, ContainerState, Endpoint, Id},
};

/// Looks at the interfaces of this node's running containers, one container after the other and each in its
/// turn, and puts them right; what cannot be is said. `also_unknown`: also those that were not found when
/// the daemon started. Later, what is not known is being taken away.
pub(super) async fn look(daemon: &Arc<Daemon>, also_unknown: bool) -> Vec<Difference> {
    let ours = daemon.ledger.read(|state| {
        let ours = state.containers.values().filter(|c| runs_here(daemon, c)).map(|c| c.id.clone());
        ours.collect::<Vec<Id>>()
    });
    let (mut found, mut vanished) = (Vec::new(), Vec::new());
    for id in ours {
        let _turn = daemon.serial.turn(&id).await;
        let container =
            daemon.ledger.read(|s| s.containers.get(&id).filter(|c| runs_here(daemon, c)).cloned());
        let Some(container) = container else { continue };
        if has_vanished(&container) {
            vanished.push(container);
            continue;
        }
        for plan in endpoints::plans_of(daemon, &container) {
            let whose = if container.docker.is_some() { Whose::Engine } else { Whose::Ours };
            let known = daemon.facts.read(|host| host.interfaces.get(plan.id()).copied());
            if known.is_none() && !also_unknown {
                continue;
            }
            match endpoint(daemon, &plan, known, whose).await {
                Ok(more) => found.extend(more),
                Err(error) => {
                    tracing::warn!(container = container.name, %error, "an interface is not as it should be");
                }
            }
        }
    }
    for container in vanished {
        found.extend(detach(daemon, &container).await);
    }
    found
}

/// Whether a container that we did not start has lost its namespace: nobody can bring it back.
fn has_vanished(container: &Container) -> bool {
    let is_attachment = matches!(container.state, ContainerState::Running { pid: 0, .. });
    // What has become of Docker's, the engine knows.
    is_attachment && container.docker.is_none() && container.netns.try_exists().is_ok_and(|there| !there)
}

/// Its endpoints lead nowhere any more, so they go, as when somebody detaches it.
async fn detach(daemon: &Arc<Daemon>, container: &Container) -> Option<Difference> {
    let Container { id, name, netns, .. } = container;
    match attachments::detach(daemon, id.as_str(), Wait { timeout: 0 }).await {
        Ok(_) => {
            let what = format!("namespace {} of {name} was gone, and {name} is detached", netns.display());
            Some(Difference::new(Kind::Namespace, what))
        }
        Err(error) => {
            tracing::warn!(container = name, %error, "its namespace is gone, and it cannot be detached");
            None
        }
    }
}

/// Whether all interfaces that are known are there, up and called as they should be; a cheap look, for when the
/// kernel tells of a change.
pub(super) async fn are_well(daemon: &Daemon) -> bool {
    let known: Vec<u32> = daemon.facts.read(|host| host.interfaces.values().copied().collect());
    let Ok(all) = daemon.link.list().await else { return true };
    let well = |i: &&Interface| i.up && Endpoint::is_host_ifname(&i.name);
    let well: BTreeSet<u32> = all.iter().filter(well).map(|i| i.ifindex).collect();
    known.iter().all(|ifindex| well.contains(ifindex))
}

fn runs_here(daemon: &Daemon, container: &Container) -> bool {
    container.node == daemon.node && matches!(container.state, ContainerState::Running { .. })
}

/// Who made the container's end of a pair, and sees to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// We did.
    Ours,
    /// Docker's engine has taken it into a sandbox: only the engine can do so again.
    Engine,
}

async fn endpoint(
    daemon: &Arc<Daemon>,
    plan: &Plan,
    known: Option<u32>,
    whose: Whose,
) -> Result<Vec<Difference>> {
    let name = plan.host_ifname();
    let mut found = Vec::new();
    let there = daemon.link.find(&name).await.map_err(|e| Error::Internal(e.to_string()))?;
    let there = match there {
        Some(there) => there,
        None => match renamed(daemon, known).await? {
            Some(there) => {
                daemon.link.rename(there.ifindex, &name).await.map_err(|e| Error::Internal(e.to_string()))?;
                let what = format!("interface {name} of {plan} was called {}", there.name);
                found.push(Difference::new(Kind::Interface, what));
                there
            }
            None if whose == Whose::Engine => {
                let how = "`docker network disconnect` and `connect` make it anew";
                return Err(Error::Internal(format!("interface {name} of {plan} is gone; {how}")));
            }
            None => {
                make_anew(daemon, plan, known).await?;
                return Ok(vec![Difference::new(
                    Kind::Interface,
                    format!("interface {name} of {plan} was gone"),
                )]);
            }
        },
    };
    if !there.up {
        let (called, ifindex, mark) = (name.clone(), there.ifindex, endpoints::mark(&daemon.node));
        blocking(move || set_up_outside(&called, ifindex, &mark)).await?;
        found.push(Difference::new(Kind::Interface, format!("interface {name} of {plan} was down")));
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
    // What is inside a sandbox is the engine's; its interface was told to take frames before it went there.
    if whose == Whose::Engine {
        return Ok(found);
    }
    found.extend(inside(plan).await?);
    if endpoints::take_frames(daemon, plan.endpoint(), there.ifindex).await? {
        found.push(Difference::new(Kind::Interface, format!("{plan} took no frames: its GRO was off")));
    }
    Ok(found)
}

/// The interface of that index, which is called otherwise now.
async fn renamed(daemon: &Daemon, known: Option<u32>) -> Result<Option<Interface>> {
    match known {
        Some(ifindex) => daemon.link.by_index(ifindex).await.map_err(|e| Error::Internal(e.to_string())),
        None => Ok(None),
    }
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
    daemon.facts.change(|host| host.interfaces.insert(laid.endpoint.clone(), laid.ifindex));
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
    blocking(move || inside.set_up()).await?;
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
