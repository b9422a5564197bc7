//! Networks of this node's engine.

use std::sync::Arc;

use super::pools::PATIENCE;
use crate::{
    daemon::{Daemon, Result, acknowledge, host, networks, operation, times},
    desired::{
        Given, State,
        docker::{self, Binding},
    },
    model::{Id, Network, Stage},
    store::schema::Part,
};

/// Notes that the engine has a network, and makes it where it is not there yet.
///
/// # Errors
/// The refusal of what does not go together; the store's error; what the machine does not do.
pub async fn create_network(daemon: &Arc<Daemon>, binding: Binding) -> Result<Network> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let _turn = daemon.serial.turn(&binding.docker).await;
        let avoid = networks::avoid(&daemon).await;
        let now = times::now();
        let decide = |state: &State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            docker::bind(state, &binding, &daemon.node, &avoid, &mut given)
        };
        let (network, concern) = daemon.ledger.commit(decide).await?;
        if let Err(error) = host::settle(&daemon).await {
            unbind(&daemon, &binding.docker).await?;
            return Err(error);
        }
        // The engine has asked for each auxiliary address by itself; the network keeps them from now on.
        for addr in binding.subnet.aux.values() {
            let pool = binding.subnet.cidr;
            daemon.ledger.commit(|s: &State| docker::release(s, pool, *addr, &daemon.node)).await?;
        }
        tracing::info!(network = network.name, docker = binding.docker.short(), "Docker has it");
        acknowledge::everywhere(&daemon, &concern, PATIENCE).await;
        Ok(network)
    })
    .await
}

/// The engine has a network no more. One that is not known is no error.
///
/// # Errors
/// The store's error.
pub async fn delete_network(daemon: &Arc<Daemon>, docker: &Id) -> Result<()> {
    let (daemon, docker) = (Arc::clone(daemon), docker.clone());
    operation::whole(async move {
        let _turn = daemon.serial.turn(&docker).await;
        unbind(&daemon, &docker).await
    })
    .await
}

async fn unbind(daemon: &Daemon, docker: &Id) -> Result<()> {
    let of = |s: &State| docker::bound(s, docker, &daemon.node).map(|n| n.id.clone());
    let Some(network) = daemon.ledger.read(of) else { return Ok(()) };
    let _following = daemon.ledger.follow([Part::Network(network.clone())]).await?;
    release_all(daemon, &network).await?;
    let decide = |state: &State| docker::unbind(state, docker, &daemon.node);
    let (gone, _) = daemon.ledger.commit(decide).await?;
    host::settle_or_say(daemon).await;
    if let Some(network) = gone {
        tracing::info!(network = network.name, docker = docker.short(), "Docker has it no more");
    }
    Ok(())
}

/// Addresses that the engine was given and never made anything of go with the network.
async fn release_all(daemon: &Daemon, network: &Id) -> Result<()> {
    let held = daemon.ledger.read(|s| held(s, network, &daemon.node));
    for (pool, addr) in held {
        daemon.ledger.commit(|s: &State| docker::release(s, pool, addr, &daemon.node)).await?;
    }
    Ok(())
}

/// The addresses of a network that this node has handed out and of which no endpoint is made, with their subnets.
pub(super) fn held(state: &State, network: &Id, node: &Id) -> Vec<(ipnet::Ipv4Net, std::net::Ipv4Addr)> {
    let Some(of) = state.networks.get(network) else { return Vec::new() };
    let is_held = |container: &Id| {
        let docker = state.containers.get(container).and_then(|c| c.docker.as_ref());
        docker.is_some_and(|docker| docker.stage == Stage::Reserved)
    };
    let own = state.endpoints_of_network(network).filter(|e| e.node == *node && is_held(&e.container));
    own.filter_map(|e| Some((of.subnet_of(e.addr)?.cidr, e.addr))).collect()
}
