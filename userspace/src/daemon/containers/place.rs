//! A recorded container made real: its interfaces in its namespace, known to the dataplane.

use std::sync::Arc;

use crate::{
    daemon::{Daemon, Error, Result, carry, endpoints, host, namespaces, reconcile, undo::Undo},
    desired::{self, Placed},
};

/// Makes the interfaces of a container whose namespace is there, and waits until the dataplane
/// carries its packets. What is half made when a step fails is in `undo`.
///
/// # Errors
/// One line that names the interface, or what the dataplane says.
pub(crate) async fn place(daemon: &Arc<Daemon>, placed: &Placed, undo: &mut Undo) -> Result<()> {
    let underlay_mtu = daemon.facts.read(|h| h.underlay_mtu);
    let network_of = |e: &crate::model::Endpoint| daemon.ledger.read(|s| s.networks.get(&e.network).cloned());
    let vips = daemon.ledger.read(|s| endpoints::vips(daemon, s));
    let mut pairs = Vec::new();
    for plan in endpoints::plans(&placed.container, &placed.endpoints, network_of, underlay_mtu, vips) {
        pairs.push(endpoints::realise(daemon, &plan, undo).await?);
    }
    namespaces::enter(daemon, &placed.container, &pairs, undo).await?;
    host::settle(daemon).await?;
    reconcile::settled(daemon).await.map_err(Error::Internal)?;
    carry::carry(daemon, pairs).await
}

/// Adds to `undo` how the record of a container is taken back.
pub(crate) fn take_back(daemon: &Arc<Daemon>, placed: &Placed, undo: &mut Undo) {
    let (daemon, container) = (Arc::clone(daemon), placed.container.clone());
    undo.push(format!("record of {}", container.name), async move {
        daemon.ledger.commit(|s| desired::container::strike_out(s, &container)).await?;
        host::settle(&daemon).await
    });
}
