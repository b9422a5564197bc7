//! Existing namespaces, attached and detached.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use super::{
    Daemon, Error, Result, acknowledge, containers, endpoints, namespaces, operation, times, undo::Undo,
};
use crate::{
    api::types::{AttachTarget, Changed, ContainerAttach, Created, Wait},
    desired::{self, Given, Placed, Refusal, State},
    model::{Id, SERVICE_LABEL},
    runtime::Netns,
    store::Concern,
};

/// Attaches an existing namespace to networks.
///
/// # Errors
/// Where the namespace is gone or attached already, a bad request, the store's error; nothing is left then.
pub async fn attach(daemon: &Arc<Daemon>, request: ContainerAttach, wait: Wait) -> Result<Created> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let id = Id::random();
        let _turn = daemon.serial.turn(&id).await;
        let mut undo = Undo::new();
        let made = make(&daemon, &request, &id, &mut undo).await;
        let concern = undo.settle(made).await?;
        tracing::info!(name = request.name, "attached");
        let laggards = acknowledge::everywhere(&daemon, &concern, wait).await;
        Ok(Created { id: id.to_string(), laggards })
    })
    .await
}

async fn make(daemon: &Arc<Daemon>, request: &ContainerAttach, id: &Id, undo: &mut Undo) -> Result<Concern> {
    let netns = open(&request.target)?;
    refuse_twice(daemon, &netns)?;
    let netns = keep(daemon, &request.target, netns, id, undo)?;
    let ifnames = netns.interfaces().map_err(|e| Error::BadRequest(e.to_string()))?;
    let (placed, mut concern) = record(daemon, request, netns.path(), &ifnames, id).await?;
    containers::take_back(daemon, &placed, undo);
    containers::place(daemon, &placed, undo).await?;
    let now = times::now();
    let decide = |s: &State| desired::container::start(s, id.as_str(), 0, now);
    let (_, started) = daemon.ledger.commit(decide).await?;
    concern.merge(started);
    Ok(concern)
}

/// Detaches a namespace: its interfaces and its record go.
///
/// # Errors
/// Where there is none of that name, or it is a container that `run` made; the store's error.
pub async fn detach(daemon: &Arc<Daemon>, name: &str, wait: Wait) -> Result<Changed> {
    let (daemon, container) = (Arc::clone(daemon), containers::find(daemon, name).await?);
    operation::whole(async move {
        let _turn = daemon.serial.turn(&container.id).await;
        let decide = |s: &State| desired::container::detach(s, container.id.as_str());
        let leaving = endpoints::leaving(&daemon, &container.id).await;
        let (placed, concern) = daemon.ledger.commit(decide).await?;
        namespaces::leave(&daemon, &container.id);
        endpoints::unrealise_all(&daemon, &placed.endpoints).await;
        drop(leaving);
        containers::leave_nothing(&daemon, &container);
        tracing::info!(name = container.name, "detached");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}

/// Opens the namespace that is meant. That it is one of networks is found out when its interfaces are listed.
fn open(target: &AttachTarget) -> Result<Netns> {
    let opened = match target {
        AttachTarget::Netns(path) if !path.is_absolute() => {
            return Err(Error::BadRequest(format!("'{}' is not an absolute path", path.display())));
        }
        AttachTarget::Netns(path) => Netns::at(path),
        AttachTarget::Pid(pid) => Netns::of_pid(*pid),
    };
    opened.and_then(Netns::foreign).map_err(|e| Error::BadRequest(e.to_string()))
}

/// A namespace is attached once, whatever path it is called by.
fn refuse_twice(daemon: &Daemon, netns: &Netns) -> Result<()> {
    let here = |s: &State| {
        let here = s.containers.values().filter(|c| c.node == daemon.node);
        here.map(|c| (c.netns.clone(), c.name.clone())).collect::<Vec<_>>()
    };
    match daemon.ledger.read(here).into_iter().find(|(path, _)| netns.is_at(path)) {
        None => Ok(()),
        Some((_, name)) => {
            Err(Error::Refused(Refusal::NetnsTaken { netns: netns.path().display().to_string(), name }))
        }
    }
}

/// A process' namespace gets a name of its own: its number may go to another process. The name is found again
/// by a directory.
fn keep(daemon: &Daemon, target: &AttachTarget, netns: Netns, id: &Id, undo: &mut Undo) -> Result<Netns> {
    if matches!(target, AttachTarget::Netns(_)) {
        return Ok(netns);
    }
    containers::directory(daemon, id, undo)?;
    let kept = daemon.keeper().keep_netns(&netns, id.short()).map_err(|e| Error::Internal(e.to_string()))?;
    let (keeper, short) = (daemon.keeper(), id.short().to_owned());
    undo.push(format!("namespace {}", kept.path().display()), async move { keeper.delete_netns(&short) });
    Ok(kept)
}

async fn record(
    daemon: &Daemon,
    request: &ContainerAttach,
    netns: &Path,
    ifnames: &BTreeSet<String>,
    id: &Id,
) -> Result<(Placed, Concern)> {
    let now = times::now();
    let joins = !request.services.is_empty() || request.labels.contains_key(SERVICE_LABEL);
    let choice = containers::settle_ports(daemon, joins).await?;
    let _following = containers::enter(daemon, &request.networks, &request.services, &request.labels).await?;
    let decide = |state: &State| {
        let mut own = Some(id.clone());
        let mut fresh_id = || own.take().unwrap_or_else(Id::random);
        let mut given = Given { now, fresh_id: &mut fresh_id };
        let (netns, ports) = (netns.to_owned(), choice.host_ports());
        desired::container::attach(state, request, &daemon.node, netns, ifnames, &ports, &mut given)
    };
    // Who is killed before it is started has its interfaces taken away by the next daemon.
    daemon.ledger.commit_for_now(decide).await
}
