//! Networks: created, shown, removed.

use std::sync::Arc;

use ipnet::Ipv4Net;

use super::{Daemon, Error, Result, acknowledge, host, inspect, operation, times};
use crate::{
    api::types::{Changed, Created, NetworkCreate, NetworkInspect, NetworkPrune, Pruned, Wait},
    desired::{self, Given, Refusal},
    model::{Id, Network},
    runtime,
    store::{Concern, schema::Part},
};

/// Creates a network and waits until every node knows it.
///
/// # Errors
/// The refusal of a bad request; the store's error.
pub async fn create(daemon: &Arc<Daemon>, request: NetworkCreate, wait: Wait) -> Result<Created> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let avoid = avoid(&daemon).await;
        let now = times::now();
        let decide = |state: &desired::State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            desired::network::create(state, &request, &daemon.node, &avoid, &mut given)
        };
        let (network, concern) = daemon.ledger.commit(decide).await?;
        if let Err(error) = host::settle(&daemon).await {
            take_back(&daemon, &network).await;
            return Err(error);
        }
        tracing::info!(network = network.name, id = network.id.short(), "created");
        let laggards = acknowledge::everywhere(&daemon, &concern, wait).await;
        Ok(Created { id: network.id.to_string(), laggards })
    })
    .await
}

/// Removes a network that cannot be had here after all.
async fn take_back(daemon: &Daemon, network: &Network) {
    let decide = |s: &desired::State| desired::network::remove(s, network.id.as_str(), &daemon.node);
    if let Err(error) = daemon.ledger.commit(decide).await {
        tracing::warn!(network = network.name, %error, "could not take back");
    }
    host::settle_or_say(daemon).await;
}

/// Creates this node's default network where it is missing.
///
/// # Errors
/// Where no subnet is left; the store's error.
pub(super) async fn ensure_default(daemon: &Daemon) -> Result<()> {
    if daemon.ledger.read(|s| s.default_network(&daemon.node).is_some()) {
        return Ok(());
    }
    let avoid = avoid(daemon).await;
    let now = times::now();
    let decide = |state: &desired::State| {
        let mut given = Given { now, fresh_id: &mut Id::random };
        desired::network::create_default(state, &daemon.node, &avoid, &mut given)
    };
    let (network, _) = daemon.ledger.commit(decide).await?;
    tracing::info!(network = network.name, id = network.id.short(), "created");
    Ok(())
}

/// What a subnet that is chosen should not cover: the host's routes and name servers.
pub(super) async fn avoid(daemon: &Daemon) -> Vec<Ipv4Net> {
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
        let _following = daemon.ledger.follow(part(&daemon, &name)).await?;
        let decide = |state: &desired::State| desired::network::remove(state, &name, &daemon.node);
        let (id, concern) = daemon.ledger.commit(decide).await?;
        host::settle_or_say(&daemon).await;
        tracing::info!(network = name, id = id.short(), "removed");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}

/// Removes the networks that nobody is in and `request` asks for, but for the default one. One that somebody enters meanwhile
/// stays.
///
/// # Errors
/// The store's error.
pub async fn prune(daemon: &Arc<Daemon>, request: NetworkPrune, wait: Wait) -> Result<Pruned> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let asked_for = |s: &desired::State| -> Vec<_> {
            let may_go = desired::network::may_go(s, &daemon.node);
            let asked_for = may_go.filter(|n| desired::network::is_asked_for(&request, n));
            asked_for.map(|n| (n.id.clone(), n.name.clone())).collect()
        };
        let (mut networks, mut whole) = (Vec::new(), Concern::default());
        for (id, name) in daemon.ledger.read(asked_for) {
            // Only now is it known whether somebody is in it.
            let _following = daemon.ledger.follow([Part::Network(id.clone())]).await?;
            let decide = |s: &desired::State| desired::network::remove(s, id.as_str(), &daemon.node);
            match daemon.ledger.commit(decide).await {
                Ok((_, concern)) => {
                    networks.push(name);
                    whole.merge(concern);
                }
                Err(Error::Refused(refusal)) => tracing::debug!(network = name, %refusal, "not pruned"),
                Err(error) => return Err(error),
            }
        }
        host::settle_or_say(&daemon).await;
        networks.sort_unstable();
        Ok(Pruned { networks, laggards: acknowledge::everywhere(&daemon, &whole, wait).await })
    })
    .await
}

/// The network of that name, where there is one.
fn part(daemon: &Daemon, name: &str) -> Option<Part> {
    daemon.ledger.read(|s| Some(Part::Network(s.network(name, &daemon.node).ok()?.id.clone())))
}

/// All networks, by name, with `host` and `none`; who is in them is said only of those that this node takes
/// part in.
pub fn list(daemon: &Daemon) -> Vec<NetworkInspect> {
    let all = |s: &desired::State| {
        let stored = s.networks_seen_from(&daemon.node).map(|n| inspect::network(s, n));
        stored.chain(inspect::predefined(s, &daemon.node)).collect()
    };
    let mut networks: Vec<NetworkInspect> = daemon.ledger.read(all);
    networks.sort_by(|a, b| a.name.cmp(&b.name));
    networks
}

/// One network.
///
/// # Errors
/// Where there is none of that name.
pub async fn inspect(daemon: &Daemon, name: &str) -> Result<NetworkInspect> {
    let _following = daemon.ledger.follow(part(daemon, name)).await?;
    let called = |n: &NetworkInspect| inspect::is_called(n, name);
    let look = |s: &desired::State| match s.network(name, &daemon.node) {
        Ok(network) => Ok(inspect::network(s, network)),
        Err(refusal @ (Refusal::NotFound { .. } | Refusal::Predefined(_))) => {
            inspect::predefined(s, &daemon.node).into_iter().find(called).ok_or(refusal)
        }
        Err(refusal) => Err(refusal),
    };
    Ok(daemon.ledger.read(look)?)
}
