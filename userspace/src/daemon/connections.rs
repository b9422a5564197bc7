//! Running containers, connected to further networks and disconnected from them.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Daemon, Error, Result, acknowledge, carry, containers, endpoints, host,
    intent::{self, Intent},
    namespaces, operation, reconcile, times,
    undo::Undo,
};
use crate::{
    api::types::{Attach, Changed, NetworkConnect, NetworkDisconnect, Wait},
    desired::{self, Given, Placed, State},
    model::{Container, Id},
    runtime::{Netns, RuntimeError},
    store::Concern,
};

/// Connects a container of this node to one more network: by the first ethN that it does not have.
///
/// # Errors
/// A refusal, the store's error, what the machine does not do; nothing is left then.
pub async fn connect(
    daemon: &Arc<Daemon>,
    network: &str,
    request: NetworkConnect,
    wait: Wait,
) -> Result<Changed> {
    let (container, following) = containers::find_anywhere(daemon, &request.container).await?;
    let daemon = Arc::clone(daemon);
    let attach = Attach { network: network.to_owned(), ..request.attach };
    operation::whole(async move {
        let _following = following;
        let _turn = daemon.serial.turn(&container.id).await;
        let _noted = intent::note(&daemon.config.run_dir, Intent::Change, &container.id);
        let mut undo = Undo::new();
        let made = make(&daemon, &container, &attach, &mut undo).await;
        let concern = undo.settle(made).await?;
        tracing::info!(container = container.name, network = attach.network, "connected");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}

async fn make(
    daemon: &Arc<Daemon>,
    container: &Container,
    attach: &Attach,
    undo: &mut Undo,
) -> Result<Concern> {
    let taken = ifnames(container)?;
    let now = times::now();
    let networks = std::slice::from_ref(attach);
    let _following = containers::enter(daemon, networks, &[], &container.labels).await?;
    let decide = |state: &State| {
        let mut given = Given { now, fresh_id: &mut Id::random };
        desired::container::connect(state, container.id.as_str(), attach, &daemon.node, &taken, &mut given)
    };
    let (placed, concern) = daemon.ledger.commit(decide).await?;
    take_back(daemon, &placed, undo);
    let is_new = |plan: &endpoints::Plan| placed.endpoints.iter().any(|e| plan.is_of(e));
    let mut pairs = Vec::new();
    for plan in endpoints::plans_of(daemon, container).iter().filter(|plan| is_new(plan)) {
        pairs.push(endpoints::realise(daemon, plan, undo).await?);
    }
    namespaces::renew(daemon, container, &pairs).await?;
    containers::rewrite(daemon, container)?;
    host::settle(daemon).await?;
    reconcile::settled(daemon).await.map_err(Error::Internal)?;
    carry::carry(daemon, pairs).await?;
    Ok(concern)
}

/// The interfaces that are in the container's namespace, of whoever made them.
fn ifnames(container: &Container) -> Result<BTreeSet<String>> {
    let unreadable = |e: RuntimeError| Error::BadRequest(e.to_string());
    Netns::at(&container.netns).and_then(|netns| netns.interfaces()).map_err(unreadable)
}

fn take_back(daemon: &Arc<Daemon>, placed: &Placed, undo: &mut Undo) {
    let (daemon, container) = (Arc::clone(daemon), placed.container.clone());
    let networks: Vec<Id> = placed.endpoints.iter().map(|e| e.network.clone()).collect();
    undo.push(format!("connection of {}", container.name), async move {
        for network in networks {
            strike_out(&daemon, &container, network.as_str(), false).await?;
        }
        host::settle(&daemon).await?;
        namespaces::renew(&daemon, &container, &[]).await?;
        containers::rewrite(&daemon, &container)
    });
}

/// Disconnects a container of this node from a network: its interface there goes.
///
/// # Errors
/// A refusal, the store's error.
pub async fn disconnect(
    daemon: &Arc<Daemon>,
    network: &str,
    request: NetworkDisconnect,
    wait: Wait,
) -> Result<Changed> {
    let (daemon, network) = (Arc::clone(daemon), network.to_owned());
    let (container, following) = containers::find_anywhere(&daemon, &request.container).await?;
    operation::whole(async move {
        let _following = following;
        let _turn = daemon.serial.turn(&container.id).await;
        let _noted = intent::note(&daemon.config.run_dir, Intent::Change, &container.id);
        let leaving = endpoints::leaving(&daemon, &container.id).await;
        let (placed, concern) = strike_out(&daemon, &container, &network, request.force).await?;
        endpoints::unrealise_all(&daemon, &placed.endpoints).await;
        drop(leaving);
        if container.node != daemon.node {
            return Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await });
        }
        // The default route may have gone with the interface: another network's way out takes over.
        for plan in endpoints::plans_of(&daemon, &container) {
            if let Err(error) = endpoints::route(&plan).await {
                tracing::warn!(container = container.name, %error, "a route is missing");
            }
        }
        if let Err(error) = namespaces::renew(&daemon, &container, &[]).await {
            tracing::warn!(container = container.name, %error, "its namespace is not looked after");
        }
        containers::rewrite(&daemon, &container)?;
        host::settle_or_say(&daemon).await;
        tracing::info!(container = container.name, network, "disconnected");
        Ok(Changed { laggards: acknowledge::everywhere(&daemon, &concern, wait).await })
    })
    .await
}

async fn strike_out(
    daemon: &Daemon,
    container: &Container,
    network: &str,
    force: bool,
) -> Result<(Placed, Concern)> {
    let decide = |state: &State| {
        desired::container::disconnect(state, network, container.id.as_str(), &daemon.node, force)
    };
    daemon.ledger.commit(decide).await
}
