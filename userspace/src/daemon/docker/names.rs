//! What the engine calls networks and containers.

use std::sync::Arc;

use crate::{
    daemon::{Daemon, Result, operation},
    desired::{
        State,
        docker::{self, Identity},
    },
    model::{Container, Id},
    store::schema::Part,
};

/// How far it is known what the engine calls a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// The engine has no network of that id with us.
    Unbound,
    /// It is known.
    Named,
    /// It is not; the network is this engine's alone.
    Unnamed,
    /// It is not, and the network is the cluster's: that it is the same is to be seen by its name.
    Doubtful,
}

/// How far it is known what the engine calls a network.
pub fn naming(daemon: &Daemon, docker: &Id) -> Naming {
    daemon.ledger.read(|s| {
        let known = docker::bound_here(s, &daemon.node).into_iter().find(|(id, ..)| id == docker);
        match known {
            None => Naming::Unbound,
            Some((_, true, _)) => Naming::Named,
            Some((.., network)) => match s.networks.get(&network).is_some_and(docker::is_nameless) {
                true => Naming::Unnamed,
                false => Naming::Doubtful,
            },
        }
    })
}

/// The engine's ids of the networks of which that is not known.
pub fn unnamed(daemon: &Daemon) -> Vec<Id> {
    let here = daemon.ledger.read(|s| docker::bound_here(s, &daemon.node));
    here.into_iter().filter(|(_, named, _)| !named).map(|(docker, ..)| docker).collect()
}

/// Takes note of what the engine calls a network.
///
/// # Errors
/// The refusal where that is another network's name, or the network has another; the store's error.
pub async fn name_network(daemon: &Arc<Daemon>, docker: &Id, name: &str) -> Result<()> {
    let (daemon, docker, name) = (Arc::clone(daemon), docker.clone(), name.to_owned());
    operation::whole(async move {
        let _turn = daemon.serial.turn(&docker).await;
        let decide = |s: &State| docker::named(s, &docker, &name, &daemon.node);
        let (network, _) = daemon.ledger.commit(decide).await?;
        tracing::debug!(network = network.name, docker = docker.short(), "named");
        Ok(())
    })
    .await
}

/// Takes note of who a container is. None where no endpoint of it is in a sandbox here.
///
/// # Errors
/// The store's error.
pub async fn identify(daemon: &Arc<Daemon>, identity: Identity) -> Result<Option<Container>> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let networks = |s: &State| -> Vec<Part> {
            let is_it = |id: &Id| identity.members.iter().any(|m| m.endpoint == *id);
            let own = s.endpoints.values().filter(|e| e.node == daemon.node && is_it(&e.id));
            own.map(|e| Part::Network(e.network.clone())).collect()
        };
        let _following = daemon.ledger.follow(daemon.ledger.read(networks)).await?;
        let decide = |s: &State| docker::identify(s, &identity, &daemon.node);
        let (container, _) = daemon.ledger.commit(decide).await?;
        Ok(container)
    })
    .await
}
