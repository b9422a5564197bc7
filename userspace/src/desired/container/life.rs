//! Starting, ending and removing containers.

use crate::{
    desired::{Placed, Refusal, State, draft::Draft, endpoint, service},
    model::{Container, ContainerState, Endpoint},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

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
    let mut draft = rewrite(state, &container);
    service::start_all(state, &container.id, &mut draft);
    Ok((container, draft.txn()))
}

/// Marks what a container is a backend of as draining, since it is about to be stopped; the answer is how
/// many were not yet.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn drain(state: &State, name: &str) -> Result<(usize, Txn), Refusal> {
    let container = state.container(name)?;
    let mut draft = Draft::default();
    let drained = service::drain_all(state, &container.id, &mut draft);
    Ok((drained, draft.txn()))
}

/// Takes a container whose process has ended out of the services that it is a backend of; the answer is of
/// how many. Its addresses stay its own until [`exit`].
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn withdraw(state: &State, name: &str) -> Result<(usize, Txn), Refusal> {
    let container = state.container(name)?;
    let mut draft = Draft::default();
    service::settle(state, container, &[], &mut draft);
    Ok((state.backends_of_container(&container.id).len(), draft.txn()))
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
    container.networks.clear();
    let mut draft = rewrite(state, &container);
    release(state, &container, &mut draft);
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
    if container.is_in_sandbox() {
        return Err(Refusal::IsDockers(container.name.clone()));
    }
    Ok(forget(state, container))
}

/// Removes a container, or detaches it where it is an attachment.
///
/// # Errors
/// As [`remove`] and [`detach`].
pub fn strike_out(state: &State, container: &Container) -> Result<(Placed, Txn), Refusal> {
    match container.process {
        Some(_) => remove(state, container.id.as_str()),
        None if container.docker.is_some() => Ok(forget(state, state.container(container.id.as_str())?)),
        None => detach(state, container.id.as_str()),
    }
}

/// Removes all that is recorded of a container.
pub(in crate::desired) fn forget(state: &State, container: &Container) -> (Placed, Txn) {
    let mut draft = Draft::default();
    let key = Key::Container(container.node.clone(), container.id.clone());
    draft.unchanged(state, &key);
    draft.delete(&key);
    draft.delete(&Claim::ContainerName(container.name.clone()).into());
    let endpoints = release(state, container, &mut draft);
    (Placed { container: container.clone(), endpoints }, draft.txn())
}

/// A transaction that writes the container as it is now, if nobody else has written it meanwhile.
pub(in crate::desired) fn rewrite(state: &State, container: &Container) -> Draft {
    let mut draft = Draft::default();
    let key = Key::Container(container.node.clone(), container.id.clone());
    draft.unchanged(state, &key);
    draft.put(&key, container);
    draft
}

/// Gives back a container's addresses; it is nobody's backend then.
fn release(state: &State, container: &Container, draft: &mut Draft) -> Vec<Endpoint> {
    let endpoints: Vec<_> = state.endpoints_of_container(&container.id).into_iter().cloned().collect();
    endpoints.iter().for_each(|e| endpoint::release(state, e, draft));
    service::settle(state, container, &[], draft);
    endpoints
}
