//! Endpoints in sandboxes: what is in one sandbox is one container.

use std::{collections::BTreeSet, path::Path};

use super::{
    address::holder,
    endpoint::{endpoint, found},
};
use crate::{
    desired::{Given, Refusal, State, container, draft::Draft, service, state::in_order},
    model::{Container, ContainerState, Endpoint, Id, Stage},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// An endpoint goes into the sandbox whose namespace will be at `sandbox`: its record becomes that of the
/// container, or it comes into the record of the container whose sandbox it is.
///
/// # Errors
/// A [`Refusal`] where the endpoint is not known, or in another sandbox.
pub fn join(
    state: &State,
    network: &Id,
    id: &Id,
    sandbox: &Path,
    node: &Id,
    now: u64,
) -> Result<(Container, Txn), Refusal> {
    let (endpoint, record) = found(state, network, id, node)?;
    if record.is_in_sandbox() {
        return match record.netns == sandbox {
            true => Ok((record.clone(), Txn::default())),
            false => Err(Refusal::InAnotherSandbox(id.short().to_owned())),
        };
    }
    let is_it = |c: &&Container| c.node == *node && c.is_in_sandbox() && c.netns == sandbox;
    match state.containers.values().find(is_it) {
        Some(container) => Ok(come_in(state, endpoint, record, container)),
        None => Ok(begin(state, record, sandbox, now)),
    }
}

fn begin(state: &State, record: &Container, sandbox: &Path, now: u64) -> (Container, Txn) {
    let mut container = record.clone();
    container.netns = sandbox.to_owned();
    container.state = ContainerState::Running { pid: 0, started: now };
    container.docker.get_or_insert_default().stage = Stage::Joined;
    let txn = container::rewrite(state, &container).txn();
    (container, txn)
}

fn come_in(
    state: &State,
    endpoint: &Endpoint,
    record: &Container,
    container: &Container,
) -> (Container, Txn) {
    let there = state.endpoints_of_container(&container.id);
    let taken: BTreeSet<&str> = there.iter().map(|e| e.ifname.as_str()).collect();
    let ifname = (0..).map(|n| format!("eth{n}")).find(|name| !taken.contains(name.as_str()));
    let moved = Endpoint {
        container: container.id.clone(),
        container_name: container.name.clone(),
        ifname: ifname.unwrap_or_default(),
        ..endpoint.clone()
    };
    let mut container = container.clone();
    container.networks.push(endpoint.network.clone());
    let mut draft = container::rewrite(state, &container);
    put(state, &moved, &mut draft);
    strike_out(state, record, &mut draft);
    let all: Vec<_> = there.into_iter().chain([&moved]).collect();
    service::settle(state, &container, &in_order(all), &mut draft);
    (container, draft.txn())
}

fn put(state: &State, endpoint: &Endpoint, draft: &mut Draft) {
    let key = Key::Endpoint(endpoint.network.clone(), endpoint.addr);
    draft.unchanged(state, &key);
    draft.put(&key, endpoint);
}

/// Deletes a record whose endpoints are another's by now.
fn strike_out(state: &State, record: &Container, draft: &mut Draft) {
    let key = Key::Container(record.node.clone(), record.id.clone());
    draft.unchanged(state, &key);
    draft.delete(&key);
    draft.delete(&Claim::ContainerName(record.name.clone()).into());
}

/// An endpoint leaves its sandbox: it is held by a record of its own again, and the container goes with its last
/// one. The answer is the container as it was, and whether it is gone. One that is in none is no error.
///
/// # Errors
/// Never; its type is that of all decisions.
pub fn leave(
    state: &State,
    network: &Id,
    id: &Id,
    node: &Id,
    given: &mut Given<'_>,
) -> Result<(Option<(Container, bool)>, Txn), Refusal> {
    let nothing = || (None, Txn::default());
    let Some(endpoint) = endpoint(state, network, id, node) else { return Ok(nothing()) };
    let in_it = state.containers.get(&endpoint.container).filter(|c| c.is_in_sandbox());
    let Some(before) = in_it else { return Ok(nothing()) };
    let mut record = holder((given.fresh_id)(), node, Stage::Made, given.now);
    record.networks = vec![endpoint.network.clone()];
    let mut draft = Draft::default();
    draft.create(&Key::Container(node.clone(), record.id.clone()), &record);
    let here = crate::model::Place { node: node.clone(), container: record.id.clone() };
    draft.create(&Claim::ContainerName(record.name.clone()).into(), &here);
    let left = Endpoint {
        container: record.id,
        container_name: record.name,
        ifname: "eth0".to_owned(),
        aliases: Vec::new(),
        hostname: None,
        ..endpoint.clone()
    };
    put(state, &left, &mut draft);
    let others: Vec<_> =
        state.endpoints_of_container(&before.id).into_iter().filter(|e| e.id != endpoint.id).collect();
    let gone = others.is_empty();
    if gone {
        strike_out(state, before, &mut draft);
        service::settle(state, before, &[], &mut draft);
    } else {
        stay(state, before, endpoint, &others, &mut draft);
    }
    Ok((Some((before.clone(), gone)), draft.txn()))
}

/// The container without one of its endpoints.
fn stay(state: &State, before: &Container, endpoint: &Endpoint, others: &[&Endpoint], draft: &mut Draft) {
    let mut container = before.clone();
    container.networks.retain(|id| *id != endpoint.network);
    if let Some(docker) = container.docker.as_mut().filter(|d| d.gateway.as_ref() == Some(&endpoint.id)) {
        docker.gateway = None;
        container.published.clear();
    }
    let key = Key::Container(container.node.clone(), container.id.clone());
    draft.unchanged(state, &key);
    draft.put(&key, &container);
    service::settle(state, &container, others, draft);
}
