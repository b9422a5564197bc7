//! Creating containers and attaching namespaces.

use std::{collections::BTreeSet, net::Ipv4Addr, path::PathBuf};

use super::{Placed, mode};
use crate::{
    api::types::{Attach, ContainerAttach, ContainerCreate, PublishRequest},
    desired::{Given, HostPorts, Refusal, State, draft::Draft, endpoint, files, publish, service},
    model::{
        Container, ContainerState, DEFAULT_NETWORK, Files, Id, NetworkMode, Place, Process, Protocol,
        PublishedRange, Service, validate_name,
    },
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// Creates a container on `node` (this node's id) and reserves its addresses and ports; its process is
/// started later. Without a name it is called by its short id.
///
/// # Errors
/// A [`Refusal`] for a bad or taken name, an unknown network, an address or a port that cannot be had.
pub fn create(
    state: &State,
    request: &ContainerCreate,
    node: &Id,
    ports: &HostPorts<'_>,
    given: &mut Given<'_>,
) -> Result<(Placed, Txn), Refusal> {
    let id = (given.fresh_id)();
    let name = request.name.clone().unwrap_or_else(|| id.short().to_owned());
    check_name(state, &name)?;
    let process = process(request, &id, &name)?;
    let (network_mode, netns) = mode::read(state, request, &name, node)?;
    files::check(&request.files)?;
    let services = service::joined(state, &request.services, &request.labels, node)?;
    let networks = networks(request, &services);
    let container = Container {
        services: services.iter().map(|s| s.id.clone()).collect(),
        netns: netns.unwrap_or_else(|| PathBuf::from(format!("/run/netns/cw-{}", id.short()))),
        id,
        published: published(state, publish::wishes(request), &services, (&name, &networks), node, ports)?,
        name,
        node: node.clone(),
        created: given.now,
        process: Some(process),
        state: ContainerState::Created,
        labels: request.labels.clone(),
        remove_on_exit: request.remove_on_exit,
        network_mode,
        exposed: exposed(request)?,
        files: request.files.clone(),
        networks: Vec::new(),
        docker: None,
    };
    place(state, container, &services, &networks, &BTreeSet::new(), given)
}

fn process(request: &ContainerCreate, id: &Id, name: &str) -> Result<Process, Refusal> {
    if request.command.is_empty() {
        return Err(Refusal::NoCommand(name.to_owned()));
    }
    Ok(Process {
        command: request.command.clone(),
        env: request.env.clone(),
        hostname: request.hostname.clone().unwrap_or_else(|| id.short().to_owned()),
    })
}

/// The networks that are asked for; where none is named, those of its services, or else the default one.
fn networks(request: &ContainerCreate, services: &[&Service]) -> Vec<Attach> {
    if !request.mode.is_attached() || !request.networks.is_empty() {
        return request.networks.clone();
    }
    let theirs = service::own_networks(services);
    if !theirs.is_empty() {
        return theirs;
    }
    vec![Attach { network: DEFAULT_NETWORK.to_owned(), ip: None, mac: None, aliases: Vec::new() }]
}

/// What the container with this name and these networks publishes: what is asked for, and what its
/// services publish where their backends are.
fn published(
    state: &State,
    mut wishes: Vec<PublishRequest>,
    services: &[&Service],
    (name, networks): (&str, &[Attach]),
    node: &Id,
    ports: &HostPorts<'_>,
) -> Result<Vec<PublishedRange>, Refusal> {
    wishes.extend(services.iter().flat_map(|s| service::host_ports(s)));
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let named: Vec<_> = networks.iter().map(|a| state.network(&a.network, node)).collect::<Result<_, _>>()?;
    let way_out = named.into_iter().find(|network| !network.internal);
    let way_out = way_out.ok_or_else(|| Refusal::PublishedNowhere(name.to_owned()))?;
    let binding = way_out.settings().host_binding.unwrap_or(Ipv4Addr::UNSPECIFIED);
    publish::ranges(state, &wishes, (node, None), binding, ports)
}

fn exposed(request: &ContainerCreate) -> Result<Vec<(u16, u16, Protocol)>, Refusal> {
    let checked = request.expose.iter().map(|e| match e.ports.count() {
        Some(_) => Ok((e.ports.first, e.ports.last, e.protocol)),
        None => Err(Refusal::NoPorts(e.ports)),
    });
    checked.collect()
}

/// Attaches the existing namespace at `netns` on `node` (this node's id); `ifnames` are the interfaces that it
/// already has. It is `Created` until [`super::start`] says that its interfaces are there.
///
/// # Errors
/// As [`create`]; [`Refusal::NetnsTaken`] where the namespace is attached already.
pub fn attach(
    state: &State,
    request: &ContainerAttach,
    node: &Id,
    netns: PathBuf,
    ifnames: &BTreeSet<String>,
    ports: &HostPorts<'_>,
    given: &mut Given<'_>,
) -> Result<(Placed, Txn), Refusal> {
    if request.networks.is_empty() {
        return Err(Refusal::NoNetwork(request.name.clone()));
    }
    check_name(state, &request.name)?;
    if let Some(other) = state.containers.values().find(|c| c.node == *node && c.netns == netns) {
        return Err(Refusal::NetnsTaken { netns: netns.display().to_string(), name: other.name.clone() });
    }
    let services = service::joined(state, &request.services, &request.labels, node)?;
    let container = Container {
        services: services.iter().map(|s| s.id.clone()).collect(),
        id: (given.fresh_id)(),
        name: request.name.clone(),
        node: node.clone(),
        created: given.now,
        process: None,
        netns,
        state: ContainerState::Created,
        labels: request.labels.clone(),
        remove_on_exit: false,
        network_mode: NetworkMode::Attached,
        published: published(state, Vec::new(), &services, (&request.name, &request.networks), node, ports)?,
        exposed: Vec::new(),
        files: Files::default(),
        networks: Vec::new(),
        docker: None,
    };
    place(state, container, &services, &request.networks, ifnames, given)
}

fn check_name(state: &State, name: &str) -> Result<(), Refusal> {
    validate_name(name)?;
    if state.containers.values().any(|c| c.name == name) || state.places.contains_key(name) {
        return Err(Refusal::NameTaken { what: "container", name: name.to_owned() });
    }
    Ok(())
}

/// Records a container of a node with endpoints in networks.
pub(in crate::desired) fn place(
    state: &State,
    mut container: Container,
    services: &[&Service],
    networks: &[Attach],
    ifnames: &BTreeSet<String>,
    given: &mut Given<'_>,
) -> Result<(Placed, Txn), Refusal> {
    if !state.nodes.contains_key(&container.node) {
        return Err(Refusal::NotRegistered);
    }
    let mut draft = Draft::default();
    draft.present(&Key::Node(container.node.clone()));
    let here = Place { node: container.node.clone(), container: container.id.clone() };
    draft.create(&Claim::ContainerName(container.name.clone()).into(), &here);
    if let NetworkMode::Container(other) = &container.network_mode {
        draft.unchanged(state, &Key::Container(container.node.clone(), other.clone()));
    }
    if !container.published.is_empty() {
        // Whoever publishes at the same time chose without these.
        let key = Key::Ports(container.node.clone());
        draft.unchanged(state, &key);
        draft.put(&key, &container.id);
        // Nor may services publish the same on all nodes meanwhile.
        draft.unchanged(state, &Key::IngressPorts);
        draft.put(&Claim::Published.into(), &container.id);
    }
    let endpoints = endpoint::reserve(state, &container, networks, ifnames, &mut draft, given)?;
    container.networks = endpoints.iter().map(|e| e.network.clone()).collect();
    draft.create(&Key::Container(container.node.clone(), container.id.clone()), &container);
    let reached: Vec<_> = endpoints.iter().collect();
    service::check_reached(state, &container.name, services, &reached)?;
    service::settle(state, &container, &reached, &mut draft);
    Ok((Placed { container, endpoints }, draft.txn()))
}
