//! Backends that are about to end: new conversations go elsewhere first.

use super::{Daemon, Result, acknowledge};
use crate::{
    api::types::Wait,
    desired::{self, State},
    model::{BackendState, Id},
};

/// How long all nodes may take to send new conversations elsewhere.
const PATIENCE: Wait = Wait { timeout: 2 };

/// Sees that a container gets no new conversations as a backend, on any node that answers in time. What
/// does not come about is said, and does not keep the container from being stopped.
pub(super) async fn drain(daemon: &Daemon, container: &Id) {
    let takes_some = |s: &State| {
        let backends = s.backends_of_container(container);
        backends.iter().any(|b| b.state != BackendState::Draining)
    };
    if !daemon.ledger.read(takes_some) {
        return;
    }
    if !daemon.ledger.mirror.is_connected() {
        tracing::warn!(container = container.short(), "not drained: the store is away");
        return;
    }
    match everywhere(daemon, container).await {
        Ok(late) if late.is_empty() => {}
        Ok(late) => tracing::warn!(container = container.short(), late = late.join(", "), "not drained"),
        Err(error) => tracing::warn!(container = container.short(), %error, "not drained"),
    }
}

async fn everywhere(daemon: &Daemon, container: &Id) -> Result<Vec<String>> {
    let decide = |s: &State| desired::container::drain(s, container.as_str());
    let (_, concern) = daemon.ledger.commit(decide).await?;
    Ok(acknowledge::everywhere(daemon, &concern, PATIENCE).await)
}
