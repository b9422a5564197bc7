//! `run`, its first half: a namespace with interfaces, waiting for its process.

use std::{os::unix::fs::DirBuilderExt, sync::Arc};

use super::{enter, place, take_back};
use crate::{
    api::types::{ContainerCreate, Created, Mode, Wait},
    daemon::{
        Daemon, Error, Result, acknowledge, host::Choice, names, operation, reconcile, times, undo::Undo,
    },
    desired::{self, Given, Placed, State},
    link::Link,
    model::{Container, Id, SERVICE_LABEL},
    store::Concern,
};

/// Creates a container and its interfaces; [`super::start`] starts its process.
///
/// # Errors
/// The refusal of a bad request, the store's error, what the machine does not do; nothing is left then.
pub async fn create(daemon: &Arc<Daemon>, request: ContainerCreate, wait: Wait) -> Result<Created> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move { create_whole(&daemon, request, wait).await }).await
}

async fn create_whole(daemon: &Arc<Daemon>, request: ContainerCreate, wait: Wait) -> Result<Created> {
    check(&request)?;
    let request = named_as_host(request);
    let id = Id::random();
    let _turn = daemon.serial.turn(&id).await;
    let (placed, concern) = record(daemon, request, &id).await?;
    let mut undo = Undo::new();
    take_back(daemon, &placed, &mut undo);
    let made = make(daemon, &placed, &mut undo).await;
    undo.settle(made).await?;
    tracing::info!(container = placed.container.name, id = id.short(), "created");
    let laggards = acknowledge::everywhere(daemon, &concern, wait).await;
    Ok(Created { id: id.to_string(), laggards })
}

/// What the desired state does not look at.
fn check(request: &ContainerCreate) -> Result<()> {
    let bad = |line: String| Err(Error::BadRequest(line));
    if let Some(wrong) = request.env.iter().find(|e| !e.contains('=') || e.starts_with('=')) {
        return bad(format!("'{wrong}' is not a variable such as KEY=VALUE"));
    }
    let texts = request.command.iter().chain(&request.env).chain(&request.hostname);
    if let Some(wrong) = texts.into_iter().find(|t| t.contains('\0')) {
        return bad(format!("'{}' holds a zero byte", wrong.replace('\0', "\\0")));
    }
    if request.command.first().is_some_and(String::is_empty) {
        return bad("the command is empty; name the program to run".into());
    }
    match &request.hostname {
        Some(name) if name.is_empty() || name.len() > 64 => {
            bad(format!("'{name}' is no hostname: 1 to 64 bytes"))
        }
        _ => Ok(()),
    }
}

/// In the host's network namespace a container has the host's name, too, unless it is given one.
fn named_as_host(request: ContainerCreate) -> ContainerCreate {
    let own = || nix::unistd::gethostname().ok()?.into_string().ok();
    match request.mode {
        Mode::Host => ContainerCreate { hostname: request.hostname.or_else(own), ..request },
        _ => request,
    }
}

/// The host's ports, for a container that publishes some, or whose services may. What is published no
/// more must be free again before the host is asked what is.
///
/// # Errors
/// Where the dataplane cannot be brought up to date, or the host does not say.
pub(crate) async fn settle_ports(daemon: &Daemon, publishes: bool) -> Result<Choice> {
    if publishes {
        reconcile::settled(daemon).await.map_err(Error::Internal)?;
    }
    Choice::read().map_err(|e| Error::internal("ports", e))
}

/// Records the container and reserves its addresses; names it where the user did not.
async fn record(daemon: &Daemon, request: ContainerCreate, id: &Id) -> Result<(Placed, Concern)> {
    let now = times::now();
    let joins = !request.services.is_empty() || request.labels.contains_key(SERVICE_LABEL);
    let choice = settle_ports(daemon, joins || !request.publish.is_empty() || request.publish_all).await?;
    let _following = enter(daemon, &request.networks, &request.services, &request.labels).await?;
    let unnamed = request.name.is_none();
    let mut request = request;
    let mut attempts = 0;
    let decide = |state: &State| {
        if unnamed {
            request.name = Some(free_name(state, &mut attempts));
        }
        let mut own = Some(id.clone());
        let mut fresh_id = || own.take().unwrap_or_else(Id::random);
        let mut given = Given { now, fresh_id: &mut fresh_id };
        desired::container::create(state, &request, &daemon.node, &choice.host_ports(), &mut given)
    };
    daemon.ledger.commit(decide).await
}

fn free_name(state: &State, attempts: &mut u32) -> String {
    let taken = |name: &String| state.containers.values().any(|c| c.name == *name);
    *attempts += 1;
    let plain = if *attempts < 3 { Some(names::random()) } else { None };
    match plain.filter(|name| !taken(name)) {
        Some(name) => name,
        None => names::random_numbered(),
    }
}

async fn make(daemon: &Arc<Daemon>, placed: &Placed, undo: &mut Undo) -> Result<()> {
    directory(daemon, &placed.container.id, undo)?;
    if placed.container.owns_netns() {
        namespace(daemon, &placed.container, undo).await?;
    }
    place(daemon, placed, undo).await
}

/// A namespace of its own, whose `lo` is up.
async fn namespace(daemon: &Daemon, container: &Container, undo: &mut Undo) -> Result<()> {
    let short = container.id.short().to_owned();
    let (keeper, name) = (daemon.keeper(), short.clone());
    let made = tokio::task::spawn_blocking(move || keeper.create_netns(&name)).await;
    made.map_err(|e| Error::internal("namespace", e))?.map_err(|e| Error::Internal(e.to_string()))?;
    let keeper = daemon.keeper();
    undo.push(format!("namespace {}", container.netns.display()), async move { keeper.delete_netns(&short) });
    let lo_up = async { Link::in_netns(&container.netns)?.set_up("lo").await };
    lo_up.await.map_err(|e| Error::Internal(e.to_string()))
}

/// The container's directory is there before its namespace: `--cleanup` and the next start find the one by
/// the other, also without the store.
///
/// # Errors
/// Where it cannot be made.
pub(crate) fn directory(daemon: &Daemon, id: &Id, undo: &mut Undo) -> Result<()> {
    let dir = daemon.config.containers_dir().join(id.as_str());
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir);
    made.map_err(|e| Error::internal(dir.display(), e))?;
    undo.push(format!("directory of {}", id.short()), async move { std::fs::remove_dir_all(&dir) });
    Ok(())
}
