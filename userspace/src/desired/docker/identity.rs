//! Who a container is, which the engine tells last.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    desired::{Refusal, State, container, draft::Draft, service, state::in_order},
    model::{Container, Endpoint, Id, Place, validate_name},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// What the engine tells of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The engine's id of it.
    pub id: Option<Id>,
    /// Its name on its engine.
    pub name: String,
    /// Its host name.
    pub hostname: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its endpoints.
    pub members: Vec<Member>,
}

/// An endpoint of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub endpoint: Id,
    /// `--network-alias`, and what the engine and compose add.
    pub aliases: Vec<String>,
}

/// Writes down who the container is whose endpoints these are. Names are unique in the cluster: of two containers
/// that their engines call alike, the later one is called `NAME.NODE`, and is found by `NAME`, too. None where no
/// endpoint is in a sandbox of this node.
///
/// # Errors
/// Never; its type is that of all decisions.
pub fn identify(state: &State, identity: &Identity, node: &Id) -> Result<(Option<Container>, Txn), Refusal> {
    let members: BTreeMap<&Id, &Member> = identity.members.iter().map(|m| (&m.endpoint, m)).collect();
    let mut own = state.endpoints.values().filter(|e| e.node == *node && members.contains_key(&e.id));
    let known = own.next().and_then(|e| state.containers.get(&e.container)).filter(|c| c.is_in_sandbox());
    let Some(before) = known else { return Ok((None, Txn::default())) };
    let mut container = before.clone();
    container.name = name(state, before, &identity.name, node);
    container.labels.clone_from(&identity.labels);
    container.docker.get_or_insert_default().id.clone_from(&identity.id);
    let endpoints: Vec<Endpoint> = state
        .endpoints_of_container(&before.id)
        .into_iter()
        .map(|e| called(e, &container, identity, members.get(&e.id).copied()))
        .collect();
    Ok((Some(container.clone()), txn(state, before, &container, &endpoints)))
}

/// The first of the names that nobody else has; the one that it has where all are taken.
fn name(state: &State, container: &Container, wanted: &str, node: &Id) -> String {
    let others = || state.containers.values().filter(|c| c.id != container.id);
    let is_free = |name: &String| {
        let placed = state.places.get(name).is_some_and(|place| place.container != container.id);
        validate_name(name).is_ok() && !placed && !others().any(|c| c.name == *name)
    };
    let names = [wanted.to_owned(), format!("{wanted}.{}", state.node_name(node))];
    names.into_iter().find(is_free).unwrap_or_else(|| container.name.clone())
}

fn called(
    endpoint: &Endpoint,
    container: &Container,
    identity: &Identity,
    member: Option<&Member>,
) -> Endpoint {
    let mut seen = BTreeSet::from([container.name.as_str()]);
    let short = identity.id.as_ref().map(Id::short);
    let given = member.into_iter().flat_map(|m| &m.aliases).map(String::as_str);
    let all = [identity.name.as_str()].into_iter().chain(given).chain(short);
    let aliases = all.filter(|alias| seen.insert(*alias)).map(str::to_owned).collect();
    Endpoint {
        container_name: container.name.clone(),
        hostname: identity.hostname.clone(),
        aliases,
        ..endpoint.clone()
    }
}

fn txn(state: &State, before: &Container, container: &Container, endpoints: &[Endpoint]) -> Txn {
    let as_before = |e: &&Endpoint| state.endpoints.get(&(e.network.clone(), e.addr)) == Some(*e);
    if before == container && endpoints.iter().all(|e| as_before(&e)) {
        return Txn::default();
    }
    let mut draft = container::rewrite(state, container);
    if before.name != container.name {
        rename(before, container, &mut draft);
    }
    for endpoint in endpoints.iter().filter(|e| !as_before(e)) {
        let key = Key::Endpoint(endpoint.network.clone(), endpoint.addr);
        draft.unchanged(state, &key);
        draft.put(&key, endpoint);
    }
    service::settle(state, container, &in_order(endpoints.iter().collect()), &mut draft);
    draft.txn()
}

fn rename(before: &Container, container: &Container, draft: &mut Draft) {
    let here = Place { node: container.node.clone(), container: container.id.clone() };
    draft.delete(&Claim::ContainerName(before.name.clone()).into());
    draft.create(&Claim::ContainerName(container.name.clone()).into(), &here);
}
