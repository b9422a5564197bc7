//! Endpoints of this node's engine: a pair of interfaces, of which the engine takes one end into the sandbox.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
};

use ipnet::Ipv4Net;

use super::{network_of, pools::PATIENCE, sandboxes, services};
use crate::{
    api::types::PublishRequest,
    daemon::{
        Daemon, Error, Result, acknowledge, carry, containers, endpoints, host, operation, reconcile, times,
        undo::Undo,
    },
    desired::{
        Given, State,
        docker::{self, Wanted},
    },
    link::{LinkError, VethSpec, set_up_outside, take_frames},
    model::{Container, Endpoint, HOST_NETNS, Id, Network},
    store::schema::Part,
};

/// Which endpoint: the engine's ids of its network and of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The network.
    pub network: Id,
    /// The endpoint.
    pub endpoint: Id,
}

/// What the engine needs to take an interface into a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The interface's name until then.
    pub ifname: String,
    /// The default route; none for a network without a way out.
    pub gateway: Option<Ipv4Addr>,
    /// Other routes, and the gateway that they go by.
    pub routes: Vec<(Ipv4Net, Ipv4Addr)>,
}

/// Makes an endpoint and its pair of interfaces. One that is there is given again.
///
/// # Errors
/// The refusal of an address or a MAC; the store's error; what the machine does not do. Nothing is left then.
pub async fn create_endpoint(daemon: &Arc<Daemon>, network: &Id, wanted: Wanted) -> Result<Endpoint> {
    let (daemon, network) = (Arc::clone(daemon), network_of(daemon, network)?);
    operation::whole(async move {
        let _turn = daemon.serial.turn(&wanted.id).await;
        let _following = daemon.ledger.follow([Part::Network(network.id.clone())]).await?;
        let now = times::now();
        let decide = |state: &State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            docker::make(state, &network.id, &wanted, &daemon.node, &mut given)
        };
        let (endpoint, _) = daemon.ledger.commit(decide).await?;
        let mut undo = Undo::new();
        take_back(&daemon, &endpoint, &mut undo);
        let laid = lay(&daemon, &network, &endpoint, &mut undo).await;
        undo.settle(laid).await?;
        Ok(endpoint)
    })
    .await
}

fn take_back(daemon: &Arc<Daemon>, endpoint: &Endpoint, undo: &mut Undo) {
    let (daemon, endpoint) = (Arc::clone(daemon), endpoint.clone());
    undo.push(format!("endpoint {}", endpoint.id.short()), async move {
        unmake(&daemon, &endpoint.network, &endpoint.id).await
    });
}

/// The pair: the engine's end has its MAC and MTU, and waits in the host's namespace.
async fn lay(daemon: &Arc<Daemon>, network: &Network, endpoint: &Endpoint, undo: &mut Undo) -> Result<()> {
    let host_name = endpoint.host_ifname();
    let failed = |e: &dyn std::fmt::Display| Error::internal(&host_name, e);
    let there = daemon.link.find(&host_name).await.map_err(|e| failed(&e))?.map(|there| there.ifindex);
    endpoints::push_unrealise(daemon, endpoint, undo);
    let (name, waiting) = (host_name.clone(), endpoint.waiting_ifname());
    let (spec, mark) = (spec(daemon, network, endpoint), endpoints::mark(&daemon.node));
    let make = move || {
        let ifindex = there.map_or_else(|| spec.create(), Ok)?;
        // The engine may have it already where it asks twice.
        drop(take_frames(Path::new(HOST_NETNS), &waiting));
        set_up_outside(&name, ifindex, &mark)?;
        Ok::<_, LinkError>(ifindex)
    };
    let made = tokio::task::spawn_blocking(make).await;
    let ifindex = made.map_err(|e| failed(&e))?.map_err(|e| failed(&e))?;
    daemon.facts.change(|host| {
        host.interfaces.insert(endpoint.id.clone(), ifindex);
    });
    Ok(())
}

fn spec(daemon: &Daemon, network: &Network, endpoint: &Endpoint) -> VethSpec {
    VethSpec {
        host_name: endpoint.host_ifname(),
        container_netns: HOST_NETNS.into(),
        container_name: endpoint.waiting_ifname(),
        container_mac: endpoint.mac,
        mtu: u32::from(network.mtu(daemon.facts.read(|h| h.underlay_mtu))),
        group: endpoints::group(&daemon.node),
    }
}

/// Takes an endpoint away, its interfaces first: that much can be done without the store. One that is not known
/// is no error; its address stays handed out until the engine gives it back.
///
/// # Errors
/// The store's error.
pub async fn delete_endpoint(daemon: &Arc<Daemon>, place: &Place) -> Result<()> {
    let Ok(network) = network_of(daemon, &place.network) else { return Ok(()) };
    let (daemon, id) = (Arc::clone(daemon), place.endpoint.clone());
    operation::whole(async move {
        let _turn = daemon.serial.turn(&id).await;
        let known = |s: &State| docker::endpoint(s, &network.id, &id, &daemon.node).cloned();
        if let Some(endpoint) = daemon.ledger.read(known) {
            endpoints::unrealise(&daemon, &endpoint).await?;
        }
        let _following = daemon.ledger.follow([Part::Network(network.id.clone())]).await?;
        part(&daemon, &network.id, &id).await?;
        unmake(&daemon, &network.id, &id).await
    })
    .await
}

async fn unmake(daemon: &Daemon, network: &Id, id: &Id) -> Result<()> {
    let now = times::now();
    let decide = |state: &State| {
        let mut given = Given { now, fresh_id: &mut Id::random };
        docker::unmake(state, network, id, &daemon.node, &mut given)
    };
    daemon.ledger.commit(decide).await?;
    host::settle_or_say(daemon).await;
    Ok(())
}

/// Puts an endpoint into a sandbox: from now on its packets are carried.
///
/// # Errors
/// A refusal, the store's error, what the machine does not do.
pub async fn join(daemon: &Arc<Daemon>, place: &Place, sandbox: PathBuf) -> Result<Joined> {
    let network = network_of(daemon, &place.network)?;
    let (daemon, id) = (Arc::clone(daemon), place.endpoint.clone());
    operation::whole(async move {
        let _turn = daemon.serial.turn(&id).await;
        let _following = daemon.ledger.follow([Part::Network(network.id.clone())]).await?;
        let now = times::now();
        let decide = |s: &State| docker::join(s, &network.id, &id, &sandbox, &daemon.node, now);
        let (container, concern) = daemon.ledger.commit(decide).await?;
        host::settle(&daemon).await?;
        reconcile::settled(&daemon).await.map_err(Error::Internal)?;
        let known = |s: &State| docker::endpoint(s, &network.id, &id, &daemon.node).cloned();
        let Some(endpoint) = daemon.ledger.read(known) else {
            return Err(Error::NotFound(format!("endpoint {} is gone meanwhile", id.short())));
        };
        let ifindex = daemon.facts.read(|host| host.interfaces.get(&id).copied());
        let ifindex =
            ifindex.ok_or_else(|| Error::Internal(format!("{} is gone", endpoint.host_ifname())))?;
        carry::attach(&daemon, endpoint.host_ifname(), ifindex).await?;
        sandboxes::watch(&daemon, &container.id);
        acknowledge::everywhere(&daemon, &concern, PATIENCE).await;
        Ok(joined(&daemon, &network, &container, &endpoint))
    })
    .await
}

/// The routes: out by the gateway, or, where no network of the container has a way out, by its first one to the
/// addresses of services; and by every interface to its network's other subnets.
fn joined(daemon: &Daemon, network: &Network, container: &Container, endpoint: &Endpoint) -> Joined {
    let own = network.subnet_of(endpoint.addr);
    let gateway = own.map_or(endpoint.addr, |subnet| subnet.gateway);
    let others = network.subnets.iter().filter(|s| own.is_none_or(|own| own.cidr != s.cidr));
    let mut routes: Vec<_> = others.map(|s| (s.cidr, gateway)).collect();
    let first = container.networks.first() == Some(&network.id);
    if network.internal && first {
        routes.push((daemon.ledger.read(|s| endpoints::vips(daemon, s)), gateway));
    }
    Joined { ifname: endpoint.waiting_ifname(), gateway: (!network.internal).then_some(gateway), routes }
}

/// Takes an endpoint out of its sandbox. One that is in none is no error.
///
/// # Errors
/// The store's error.
pub async fn leave(daemon: &Arc<Daemon>, place: &Place) -> Result<()> {
    let Ok(network) = network_of(daemon, &place.network) else { return Ok(()) };
    let (daemon, id) = (Arc::clone(daemon), place.endpoint.clone());
    operation::whole(async move {
        let _turn = daemon.serial.turn(&id).await;
        let _following = daemon.ledger.follow([Part::Network(network.id.clone())]).await?;
        part(&daemon, &network.id, &id).await
    })
    .await
}

/// Endpoint and sandbox part; a container without endpoints is gone.
async fn part(daemon: &Arc<Daemon>, network: &Id, id: &Id) -> Result<()> {
    let of = |s: &State| {
        let endpoint = docker::endpoint(s, network, id, &daemon.node)?;
        s.containers.get(&endpoint.container).filter(|c| c.is_in_sandbox()).cloned()
    };
    let Some(before) = daemon.ledger.read(of) else { return Ok(()) };
    let services: Vec<String> = before.services.iter().map(ToString::to_string).collect();
    let _following = containers::enter(daemon, &[], &services, &Default::default()).await?;
    let now = times::now();
    let decide = |state: &State| {
        let mut given = Given { now, fresh_id: &mut Id::random };
        docker::leave(state, network, id, &daemon.node, &mut given)
    };
    let (left, _) = daemon.ledger.commit(decide).await?;
    if let Some((container, true)) = left {
        sandboxes::forget(daemon, &container.id).await;
        services::drop_orphans(daemon, container.services);
        tracing::info!(container = container.name, "left its sandbox");
    }
    Ok(())
}

/// Publishes ports of the container that an endpoint is of.
///
/// # Errors
/// The refusal where a port is another's; the store's error.
pub async fn publish(daemon: &Arc<Daemon>, place: &Place, wishes: Vec<PublishRequest>) -> Result<()> {
    let network = network_of(daemon, &place.network)?;
    let (daemon, id) = (Arc::clone(daemon), place.endpoint.clone());
    operation::whole(async move {
        let _turn = daemon.serial.turn(&id).await;
        let _following = daemon.ledger.follow([Part::Network(network.id.clone())]).await?;
        let choice = containers::settle_ports(&daemon, !wishes.is_empty()).await?;
        let decide = |state: &State| {
            docker::publish(state, &network.id, &id, &wishes, &daemon.node, &choice.host_ports())
        };
        daemon.ledger.commit(decide).await?;
        reconcile::settled(&daemon).await.map_err(Error::Internal)
    })
    .await
}

/// Publishes them no more.
///
/// # Errors
/// The store's error.
pub async fn revoke(daemon: &Arc<Daemon>, place: &Place) -> Result<()> {
    let Ok(network) = network_of(daemon, &place.network) else { return Ok(()) };
    let (daemon, id) = (Arc::clone(daemon), place.endpoint.clone());
    operation::whole(async move {
        let _turn = daemon.serial.turn(&id).await;
        let _following = daemon.ledger.follow([Part::Network(network.id.clone())]).await?;
        daemon.ledger.commit(|s: &State| docker::revoke(s, &network.id, &id, &daemon.node)).await?;
        Ok(())
    })
    .await
}
