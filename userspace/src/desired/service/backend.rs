//! Backends' records: written with what their containers do.

use super::part::part_of;
use crate::{
    desired::{Refusal, State, draft::Draft},
    model::{Backend, BackendState, Container, ContainerState, Endpoint, Id, Service},
    store::{Txn, schema::Key},
};

/// Writes what a container is a backend of once its endpoints are `endpoints`, in the order eth0, eth1, …
pub(in crate::desired) fn settle(
    state: &State,
    container: &Container,
    endpoints: &[&Endpoint],
    draft: &mut Draft,
) {
    for service in container.services.iter().filter_map(|id| state.services.get(id)) {
        let known = state.backends.get(&(service.id.clone(), container.id.clone()));
        match (place(state, service, endpoints), known) {
            (Some(endpoint), None) => join(state, service, &record(service, container, endpoint), draft),
            (Some(endpoint), Some(known)) => {
                let moved = Backend { state: known.state, ..record(service, container, endpoint) };
                rewrite(state, known, &moved, draft);
            }
            (None, Some(_)) => leave(state, service, container, draft),
            (None, None) => {}
        }
    }
}

/// The endpoint by which a backend of the service is reached: the one in its network; where it has
/// none, the first that has a way out.
pub(super) fn place<'e>(
    state: &State,
    service: &Service,
    endpoints: &[&'e Endpoint],
) -> Option<&'e Endpoint> {
    let has_way_out = |e: &&&Endpoint| state.networks.get(&e.network).is_some_and(|n| !n.internal);
    let mut endpoints = endpoints.iter();
    let found = match &service.network {
        Some(network) => endpoints.find(|e| e.network == *network),
        None => endpoints.find(has_way_out),
    };
    found.copied()
}

fn record(service: &Service, container: &Container, endpoint: &Endpoint) -> Backend {
    let runs = matches!(container.state, ContainerState::Running { .. });
    Backend {
        service: service.id.clone(),
        container: container.id.clone(),
        container_name: container.name.clone(),
        node: container.node.clone(),
        addr: endpoint.addr,
        vni: endpoint.vni,
        mac: endpoint.mac,
        state: if runs && service.health_tcp.is_none() {
            BackendState::Active
        } else {
            BackendState::Starting
        },
    }
}

fn join(state: &State, service: &Service, backend: &Backend, draft: &mut Draft) {
    let key = Key::Service(service.id.clone());
    if service.ports.is_empty() {
        draft.present(&key);
    } else {
        // The container publishes them.
        draft.unchanged(state, &key);
    }
    // A removal that did not see this backend conflicts, and so does this where the backends are moved.
    let guard = Key::Guard(part_of(service), service.id.clone());
    draft.present(&guard);
    draft.put(&guard, &service.id);
    draft.create(&Key::Backend(part_of(service), service.id.clone(), backend.container.clone()), backend);
}

fn leave(state: &State, service: &Service, container: &Container, draft: &mut Draft) {
    state.backend_keys(&service.id, &container.id).iter().for_each(|key| draft.take(key));
}

/// Writes a backend as it is now, if nobody has written or removed it meanwhile.
fn rewrite(state: &State, known: &Backend, now: &Backend, draft: &mut Draft) {
    if known != now {
        for key in state.backend_keys(&now.service, &now.container) {
            draft.unchanged(state, &key);
            draft.put(&key, now);
        }
    }
}

fn set(state: &State, known: &Backend, now: BackendState, draft: &mut Draft) {
    rewrite(state, known, &Backend { state: now, ..known.clone() }, draft);
}

/// A container's process runs: it takes conversations, unless a probe has to say so first.
pub(in crate::desired) fn start_all(state: &State, container: &Id, draft: &mut Draft) {
    for backend in state.backends_of_container(container) {
        let probed = state.services.get(&backend.service).is_some_and(|s| s.health_tcp.is_some());
        if backend.state == BackendState::Starting && !probed {
            set(state, backend, BackendState::Active, draft);
        }
    }
}

/// A container is about to end: it takes no new conversations.
pub(in crate::desired) fn drain_all(state: &State, container: &Id, draft: &mut Draft) -> usize {
    let takes_some = |b: &&Backend| b.state != BackendState::Draining;
    let backends: Vec<_> = state.backends_of_container(container).into_iter().filter(takes_some).collect();
    backends.iter().for_each(|backend| set(state, backend, BackendState::Draining, draft));
    backends.len()
}

/// Records what a backend's node found when it probed it: a healthy one takes conversations, another one
/// does not until it is healthy again. One that is drained stays so; the answer is what it is then.
///
/// # Errors
/// [`Refusal::NoBackend`] where it is gone.
pub fn report(
    state: &State,
    service: &Id,
    container: &Id,
    healthy: bool,
) -> Result<(BackendState, Txn), Refusal> {
    let known = state.backends.get(&(service.clone(), container.clone()));
    let known = known.ok_or_else(|| Refusal::NoBackend {
        container: container.short().to_owned(),
        service: service.short().to_owned(),
    })?;
    let now = match (known.state, healthy) {
        (BackendState::Draining, _) => BackendState::Draining,
        (_, true) => BackendState::Active,
        (_, false) => BackendState::Starting,
    };
    let mut draft = Draft::default();
    set(state, known, now, &mut draft);
    Ok((now, draft.txn()))
}
