//! What has to be known of the networks and services that a container is to come into.

use std::collections::BTreeMap;

use crate::{
    api::types::Attach,
    daemon::{Daemon, Result},
    desired,
    store::Following,
};

/// Has the networks followed into which a container is to come by these words, until the answer is dropped:
/// by then its record has the node follow them.
///
/// # Errors
/// The store's error.
pub(crate) async fn enter(
    daemon: &Daemon,
    networks: &[Attach],
    services: &[String],
    labels: &BTreeMap<String, String>,
) -> Result<Following> {
    let parts = daemon
        .ledger
        .read(|s| desired::container::parts_entered(s, networks, services, labels, &daemon.node));
    daemon.ledger.follow(parts).await
}
