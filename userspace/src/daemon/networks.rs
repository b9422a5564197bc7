//! Networks: created, shown, removed.

use std::sync::Arc;

use ipnet::Ipv4Net;

use super::{Daemon, Result, acknowledge, inspect, not_yet, operation, times};
use crate::{
    api::types::{Changed, Created, NetworkCreate, NetworkInspect, Wait},
    desired::{self, Given},
    model::Id,
    runtime,
};

/// Creates a network and waits until every node knows it.
///
/// # Errors
/// The refusal of a bad request; the store's error.
pub async fn create(daemon: &Arc<Daemon>, request: NetworkCreate, wait: Wait) -> Result<Created> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        not_yet::network(&request)?;
        let avoid = avoid(&daemon).await;
        let now = times::now();
        let decide = |state: &desired::State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            desired::network::create(state, &request, &daemon.node, &avoid, &mut given)
        };
        let (network, revision) = daemon.ledger.commit(decide).await?;
        tracing::info!(network = network.name, id = network.id.short(), "created");
        let laggards = acknowledge::everywhere(&daemon, revision, wait).await;
        Ok(Created { id: network.id.to_string(), laggards })
    })
    .await
}

/// What a subnet that is chosen should not cover: the host's routes and name servers.
async fn avoid(daemon: &Daemon) -> Vec<Ipv4Net> {
    let routes = daemon.link.routes().await.unwrap_or_default();
    let servers = runtime::nameservers().into_iter().map(Ipv4Net::from);
    routes.iter().map(|route| route.dest).chain(servers).collect()
}

/// Removes a network that nobody is in.
///
/// # Errors
/// The refusal where it is in use or unknown; the store's error.
pub async fn remove(daemon: &Arc<Daemon>, name: &str, wait: Wait) -> Result<Changed> {
    let (daemon, name) = (Arc::clone(daemon), name.to_owned());
    operation::whole(async move {
        let decide = |state: &desired::State| desired::network::remove(state, &name, &daemon.node);
        let (id, revision) = daemon.ledger.commit(decide).await?;
        tracing::info!(network = name, id = id.short(), "removed");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, revision, wait).await })
    })
    .await
}

/// All networks, by name.
pub fn list(daemon: &Daemon) -> Vec<NetworkInspect> {
    let all =
        |s: &desired::State| s.networks_seen_from(&daemon.node).map(|n| inspect::network(s, n)).collect();
    let mut networks: Vec<NetworkInspect> = daemon.ledger.read(all);
    networks.sort_by(|a, b| a.name.cmp(&b.name));
    networks
}

/// One network.
///
/// # Errors
/// Where there is none of that name.
pub fn inspect(daemon: &Daemon, name: &str) -> Result<NetworkInspect> {
    Ok(daemon.ledger.read(|s| s.network(name, &daemon.node).map(|n| inspect::network(s, n)))?)
}
