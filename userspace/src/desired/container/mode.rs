//! Whose network namespace a container has, and what does not go together with that.

use std::path::PathBuf;

use crate::{
    api::types::{ContainerCreate, Mode},
    desired::{Refusal, State},
    model::{HOST_NETNS, Id, NetworkMode, SERVICE_LABEL},
};

/// The mode that is asked for, and the namespace that comes with it unless it is the container's own.
pub(super) fn read(
    state: &State,
    request: &ContainerCreate,
    name: &str,
    node: &Id,
) -> Result<(NetworkMode, Option<PathBuf>), Refusal> {
    check(request)?;
    match &request.mode {
        Mode::Attached => Ok((NetworkMode::Attached, None)),
        Mode::None => Ok((NetworkMode::None, None)),
        Mode::Host => Ok((NetworkMode::Host, Some(HOST_NETNS.into()))),
        Mode::Container(other) if other == name => Err(Refusal::OwnNamespace(name.to_owned())),
        Mode::Container(other) => {
            let other = state.container(other)?;
            if other.node != *node {
                let node = state.node_name(&other.node).to_owned();
                return Err(Refusal::Elsewhere { container: other.name.clone(), node });
            }
            if other.has_exited() {
                return Err(Refusal::NotRunning(other.name.clone()));
            }
            Ok((NetworkMode::Container(other.id.clone()), Some(other.netns.clone())))
        }
    }
}

/// Docker's rules of what is refused in which mode.
fn check(request: &ContainerCreate) -> Result<(), Refusal> {
    let mode = match &request.mode {
        Mode::Attached => return Ok(()),
        Mode::None => "none".to_owned(),
        Mode::Host => "host".to_owned(),
        Mode::Container(other) => format!("container:{other}"),
    };
    if !request.networks.is_empty() {
        return Err(Refusal::ModeAlone(mode));
    }
    let joins = !request.services.is_empty() || request.labels.contains_key(SERVICE_LABEL);
    let shared = matches!(request.mode, Mode::Container(_));
    let objections = [
        (!request.publish.is_empty() || request.publish_all, "-p"),
        (joins, "--service"),
        (shared && request.hostname.is_some(), "--hostname"),
        (shared && !request.files.extra_hosts.is_empty(), "--add-host"),
        (shared && !request.files.is_empty(), "--dns"),
        (shared && !request.expose.is_empty(), "--expose"),
    ];
    match objections.into_iter().find(|(objection, _)| *objection) {
        Some((_, what)) => Err(Refusal::NotInMode { mode, what }),
        None => Ok(()),
    }
}
