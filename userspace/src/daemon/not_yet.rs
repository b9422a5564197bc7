//! What the desired state can hold and this host cannot make yet: refused before anything is decided.

use super::{Error, Result};
use crate::{
    api::types::{ContainerCreate, Mode, NetworkCreate},
    desired::Refusal,
    model::Driver,
};

/// Refuses networks that no road leads into.
pub(super) fn network(request: &NetworkCreate) -> Result<()> {
    match request.driver {
        Driver::Overlay => Ok(()),
        Driver::Bridge => Err(Error::Refused(Refusal::Bridge(request.name.clone()))),
    }
}

/// Refuses containers that would not get what they ask for.
pub(super) fn container(request: &ContainerCreate) -> Result<()> {
    let refuse = |what: &str| Err(Error::BadRequest(format!("{what} not supported yet; leave it out")));
    match request.mode {
        Mode::Host => return refuse("network mode 'host' is"),
        Mode::Container(_) => return refuse("network mode 'container' is"),
        Mode::None | Mode::Attached => {}
    }
    if !request.publish.is_empty() || request.publish_all {
        return refuse("published ports are");
    }
    if !request.files.is_empty() {
        return refuse("what is said about /etc/resolv.conf and /etc/hosts is");
    }
    Ok(())
}
