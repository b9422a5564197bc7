//! What the engine knows of no more: it could not tell us, for a store or a daemon that was away. Looked for again
//! and again, and taken away once it was missed for a while: what the engine is about to make is not listed yet.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use ipnet::Ipv4Net;

use super::{
    endpoints::{Place, delete_endpoint},
    networks::{delete_network, held},
    pools::release_pool,
};
use crate::{
    daemon::{Daemon, Result},
    desired::{State, docker},
    model::{Id, Stage},
    store::schema::Part,
};

/// How long something is missed before it is taken away.
const GRACE: Duration = Duration::from_secs(20);

/// What the engine has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Engine {
    /// Its networks of our driver, each with its endpoints.
    pub networks: BTreeMap<Id, BTreeSet<Id>>,
    /// The subnets of all its networks.
    pub subnets: BTreeSet<Ipv4Net>,
}

/// Since when what is missed.
#[derive(Debug, Default)]
pub struct Suspects(BTreeMap<Missed, Instant>);

/// Something that the engine has not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Missed {
    /// An endpoint of one of its networks.
    Endpoint(Id, Id),
    /// An address that no endpoint was made of: of a network of ours, in a subnet.
    Address(Id, Ipv4Net, Ipv4Addr),
    /// A network.
    Network(Id),
    /// A pool that no network was made of.
    Pool(Ipv4Net),
}

/// Takes away what was missed for a while.
pub async fn sweep(daemon: &Arc<Daemon>, engine: &Engine, suspects: &mut Suspects) {
    let missed = daemon.ledger.read(|s| missed(s, engine, &daemon.node));
    let now = Instant::now();
    suspects.0.retain(|what, _| missed.contains(what));
    for what in missed {
        let since = *suspects.0.entry(what.clone()).or_insert(now);
        if now.duration_since(since) < GRACE {
            continue;
        }
        match take_away(daemon, &what).await {
            Ok(()) => tracing::warn!(?what, "Docker knows of it no more; it is taken away"),
            Err(error) => tracing::warn!(?what, %error, "Docker knows of it no more, and it stays"),
        }
    }
}

fn missed(state: &State, engine: &Engine, node: &Id) -> BTreeSet<Missed> {
    let mut missed = BTreeSet::new();
    for (docker, _, network) in docker::bound_here(state, node) {
        let Some(there) = engine.networks.get(&docker) else {
            missed.insert(Missed::Network(docker.clone()));
            missed.extend(made(state, &network, node).map(|id| Missed::Endpoint(docker.clone(), id)));
            continue;
        };
        let gone = made(state, &network, node).filter(|id| !there.contains(id));
        missed.extend(gone.map(|id| Missed::Endpoint(docker.clone(), id)));
        let unused = held(state, &network, node).into_iter();
        missed.extend(unused.map(|(pool, addr)| Missed::Address(network.clone(), pool, addr)));
    }
    let pools = docker::pools_here(state, node).into_iter().filter(|pool| !engine.subnets.contains(pool));
    missed.extend(pools.map(Missed::Pool));
    missed
}

/// The endpoints of a network that this node's engine has made.
fn made<'s>(state: &'s State, network: &Id, node: &Id) -> impl Iterator<Item = Id> + use<'s> {
    let node = node.clone();
    let own = state.endpoints_of_network(network).filter(move |e| e.node == node);
    let is_made = |container: &Id| {
        let docker = state.containers.get(container).and_then(|c| c.docker.as_ref());
        docker.is_some_and(|docker| docker.stage != Stage::Reserved)
    };
    own.filter(move |e| is_made(&e.container)).map(|e| e.id.clone())
}

async fn take_away(daemon: &Arc<Daemon>, what: &Missed) -> Result<()> {
    match what {
        Missed::Endpoint(network, endpoint) => {
            let place = Place { network: network.clone(), endpoint: endpoint.clone() };
            let held = daemon.ledger.read(|s| address(s, &place, &daemon.node));
            delete_endpoint(daemon, &place).await?;
            match held {
                Some((network, pool, addr)) => release(daemon, &network, pool, addr).await,
                None => Ok(()),
            }
        }
        Missed::Address(network, pool, addr) => release(daemon, network, *pool, *addr).await,
        Missed::Network(docker) => delete_network(daemon, docker).await,
        Missed::Pool(pool) => release_pool(daemon, *pool).await,
    }
}

/// The engine does not give its address back either.
async fn release(daemon: &Daemon, network: &Id, pool: Ipv4Net, addr: Ipv4Addr) -> Result<()> {
    let _following = daemon.ledger.follow([Part::Network(network.clone())]).await?;
    daemon.ledger.commit(|s: &State| docker::release(s, pool, addr, &daemon.node)).await?;
    Ok(())
}

/// Our network, the subnet and the address of an endpoint of the engine's.
fn address(state: &State, place: &Place, node: &Id) -> Option<(Id, Ipv4Net, Ipv4Addr)> {
    let network = docker::bound(state, &place.network, node)?;
    let endpoint = docker::endpoint(state, &network.id, &place.endpoint, node)?;
    Some((network.id.clone(), network.subnet_of(endpoint.addr)?.cidr, endpoint.addr))
}
