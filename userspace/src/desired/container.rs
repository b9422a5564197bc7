//! Creating, starting, ending and removing containers, and attaching namespaces.

use std::{collections::BTreeSet, path::PathBuf};

use super::{Given, Refusal, State, draft::Draft, endpoint};
use crate::{
    api::types::{Attach, ContainerAttach, ContainerCreate},
    model::{Container, ContainerState, Endpoint, Id, Process, validate_name},
    store::{Txn, schema::Key},
};

/// A container with its endpoints, in the order eth0, eth1, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The container.
    pub container: Container,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// Creates a container on `node` (this node's id) and reserves its addresses; its process is started later.
/// Without a name it is called by its short id.
///
/// # Errors
/// A [`Refusal`] for a bad or taken name, an unknown network, an address that cannot be had.
pub fn create(
    state: &State,
    request: &ContainerCreate,
    node: &Id,
    given: &mut Given<'_>,
) -> Result<(Placed, Txn), Refusal> {
    let id = (given.fresh_id)();
    let name = request.name.clone().unwrap_or_else(|| id.short().to_owned());
    if request.command.is_empty() {
        return Err(Refusal::NoCommand(name));
    }
    let process = Process {
        command: request.command.clone(),
        env: request.env.clone(),
        hostname: request.hostname.clone().unwrap_or_else(|| id.short().to_owned()),
    };
    let container = Container {
        netns: PathBuf::from(format!("/run/netns/cw-{}", id.short())),
        id,
        name,
        node: node.clone(),
        created: given.now,
        process: Some(process),
        state: ContainerState::Created,
        labels: request.labels.clone(),
        remove_on_exit: request.remove_on_exit,
    };
    place(state, container, &request.networks, &BTreeSet::new(), given)
}

/// Attaches the existing namespace at `netns` on `node` (this node's id); `ifnames` are the interfaces that it
/// already has. It is `Created` until [`start`] says that its interfaces are there.
///
/// # Errors
/// As [`create`]; [`Refusal::NetnsTaken`] where the namespace is attached already.
pub fn attach(
    state: &State,
    request: &ContainerAttach,
    node: &Id,
    netns: PathBuf,
    ifnames: &BTreeSet<String>,
    given: &mut Given<'_>,
) -> Result<(Placed, Txn), Refusal> {
    if request.networks.is_empty() {
        return Err(Refusal::NoNetwork(request.name.clone()));
    }
    if let Some(other) = state.containers.values().find(|c| c.node == *node && c.netns == netns) {
        return Err(Refusal::NetnsTaken { netns: netns.display().to_string(), name: other.name.clone() });
    }
    let container = Container {
        id: (given.fresh_id)(),
        name: request.name.clone(),
        node: node.clone(),
        created: given.now,
        process: None,
        netns,
        state: ContainerState::Created,
        labels: request.labels.clone(),
        remove_on_exit: false,
    };
    place(state, container, &request.networks, ifnames, given)
}

fn place(
    state: &State,
    container: Container,
    networks: &[Attach],
    ifnames: &BTreeSet<String>,
    given: &mut Given<'_>,
) -> Result<(Placed, Txn), Refusal> {
    validate_name(&container.name)?;
    if state.containers.values().any(|c| c.name == container.name) {
        return Err(Refusal::NameTaken { what: "container", name: container.name });
    }
    if !state.nodes.contains_key(&container.node) {
        return Err(Refusal::NotRegistered);
    }
    let mut draft = Draft::default();
    draft.present(&Key::Node(container.node.clone()));
    draft.create(&Key::Container(container.id.clone()), &container);
    draft.create(&Key::ContainerName(container.name.clone()), &container.id);
    let endpoints = endpoint::reserve(state, &container, networks, ifnames, &mut draft, given)?;
    Ok((Placed { container, endpoints }, draft.txn()))
}

/// Records that a container's process runs (`pid` in the host's pid namespace), or, with `pid` 0,
/// that a namespace's interfaces are there.
///
/// # Errors
/// [`Refusal::HasRun`] where it is not `Created`; [`Refusal::NotFound`].
pub fn start(state: &State, name: &str, pid: u32, now: u64) -> Result<(Container, Txn), Refusal> {
    let mut container = state.container(name)?.clone();
    match container.state {
        ContainerState::Created => container.state = ContainerState::Running { pid, started: now },
        ContainerState::Running { .. } => return Err(Refusal::Running(container.name)),
        ContainerState::Exited { .. } => return Err(Refusal::HasRun(container.name)),
    }
    let draft = rewrite(state, &container);
    Ok((container, draft.txn()))
}

/// Records that a container's process has ended (or never could be started) and releases its
/// endpoints. `code` as in [`ContainerState::Exited`].
///
/// # Errors
/// [`Refusal::NotRunning`] where that is recorded already; [`Refusal::NotFound`].
pub fn exit(state: &State, name: &str, code: i32, now: u64) -> Result<(Container, Txn), Refusal> {
    let mut container = state.container(name)?.clone();
    if matches!(container.state, ContainerState::Exited { .. }) {
        return Err(Refusal::NotRunning(container.name));
    }
    container.state = ContainerState::Exited { code, finished: now };
    let mut draft = rewrite(state, &container);
    release(state, &container.id, &mut draft);
    Ok((container, draft.txn()))
}

/// Removes a container whose process does not run, with all that is recorded of it.
///
/// # Errors
/// [`Refusal::Running`], [`Refusal::IsAttachment`], [`Refusal::NotFound`].
pub fn remove(state: &State, name: &str) -> Result<(Placed, Txn), Refusal> {
    let container = state.container(name)?;
    if container.process.is_none() {
        return Err(Refusal::IsAttachment(container.name.clone()));
    }
    if matches!(container.state, ContainerState::Running { .. }) {
        return Err(Refusal::Running(container.name.clone()));
    }
    Ok(forget(state, container))
}

/// Detaches an attached namespace: removes all that is recorded of it.
///
/// # Errors
/// [`Refusal::IsNoAttachment`], [`Refusal::NotFound`].
pub fn detach(state: &State, name: &str) -> Result<(Placed, Txn), Refusal> {
    let container = state.container(name)?;
    if container.process.is_some() {
        return Err(Refusal::IsNoAttachment(container.name.clone()));
    }
    Ok(forget(state, container))
}

fn forget(state: &State, container: &Container) -> (Placed, Txn) {
    let mut draft = Draft::default();
    draft.unchanged(state, &Key::Container(container.id.clone()));
    draft.delete(&Key::Container(container.id.clone()));
    draft.delete(&Key::ContainerName(container.name.clone()));
    let endpoints = release(state, &container.id, &mut draft);
    (Placed { container: container.clone(), endpoints }, draft.txn())
}

fn rewrite(state: &State, container: &Container) -> Draft {
    let mut draft = Draft::default();
    let key = Key::Container(container.id.clone());
    draft.unchanged(state, &key);
    draft.put(&key, container);
    draft
}

fn release(state: &State, container: &Id, draft: &mut Draft) -> Vec<Endpoint> {
    let endpoints: Vec<_> = state.endpoints_of_container(container).into_iter().cloned().collect();
    for endpoint in &endpoints {
        draft.delete(&Key::Endpoint(endpoint.network.clone(), endpoint.addr));
    }
    endpoints
}
