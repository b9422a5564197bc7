//! One endpoint made real: a veth pair into the container's namespace, its address, its routes,
//! and the program on the host's side.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    path::PathBuf,
    sync::{Arc, PoisonError},
    time::Duration,
};

use ipnet::Ipv4Net;
use tokio::{sync::OwnedMutexGuard, time::timeout};

use super::{Daemon, Error, Result, host, undo::Undo};
use crate::{
    desired::State,
    failpoint,
    kernel::Hook,
    link::{self, Inside, Interface, LinkError, VethSpec, delete_outside, set_up_outside},
    model::{Container, Endpoint, Id, Network},
};

/// How long the dataplane may take until it leads to an endpoint no more.
const TAKEN_OUT: Duration = Duration::from_secs(1);

/// What an endpoint's interface is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    endpoint: Endpoint,
    netns: PathBuf,
    mtu: u16,
    gateway: Ipv4Addr,
    /// Reached through the gateway.
    routes: Vec<Ipv4Net>,
}

/// What a container's interfaces are told: one plan for each endpoint, in their order. The default
/// route leaves by the first network that is not internal; where all are, the first one has a route to
/// services' addresses, `vips`. Every interface has routes to its own network's other subnets.
pub(super) fn plans(
    container: &Container,
    endpoints: &[Endpoint],
    network_of: impl Fn(&Endpoint) -> Option<Network>,
    underlay_mtu: u32,
    vips: Ipv4Net,
) -> Vec<Plan> {
    let has_way_out = endpoints.iter().filter_map(&network_of).any(|network| !network.internal);
    let mut way_out = Some(Ipv4Net::default());
    let mut to_services = (!has_way_out).then_some(vips);
    let plan = |endpoint: &Endpoint| {
        let network = network_of(endpoint)?;
        let own = network.subnet_of(endpoint.addr)?;
        let others = network.subnets.iter().filter(|s| s.cidr != own.cidr);
        let mut routes: Vec<_> = others.map(|s| s.cidr).collect();
        routes.extend(if network.internal { to_services.take() } else { way_out.take() });
        Some(Plan {
            endpoint: endpoint.clone(),
            netns: container.netns.clone(),
            mtu: network.mtu(underlay_mtu),
            gateway: own.gateway,
            routes,
        })
    };
    endpoints.iter().filter_map(plan).collect()
}

impl Plan {
    /// The endpoint.
    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The endpoint's id.
    pub(super) const fn id(&self) -> &Id {
        &self.endpoint.id
    }

    /// Name of the pair's end on the host.
    pub(super) fn host_ifname(&self) -> String {
        self.endpoint.host_ifname()
    }

    /// Whether it is for that endpoint.
    pub(super) fn is_of(&self, endpoint: &Endpoint) -> bool {
        self.endpoint.id == endpoint.id
    }
}

/// The container's end, for messages.
impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in container '{}'", self.endpoint.ifname, self.endpoint.container_name)
    }
}

/// [`plans`] for all networks that a container is in now.
pub(super) fn plans_of(daemon: &Daemon, container: &Container) -> Vec<Plan> {
    let underlay_mtu = daemon.facts.read(|h| h.underlay_mtu);
    daemon.ledger.read(|state| {
        let endpoints: Vec<_> = state.endpoints_of_container(&container.id).into_iter().cloned().collect();
        plans(
            container,
            &endpoints,
            |e| state.networks.get(&e.network).cloned(),
            underlay_mtu,
            vips(daemon, state),
        )
    })
}

/// Where services' addresses come from.
pub(super) fn vips(daemon: &Daemon, state: &State) -> Ipv4Net {
    state.vip_pool.map_or(daemon.config.vip_pool, |pool| pool.cidr)
}

/// An endpoint's pair of interfaces, which no program looks after yet.
#[derive(Clone, Debug)]
pub(super) struct Laid {
    pub(super) endpoint: Id,
    pub(super) host_name: String,
    pub(super) ifindex: u32,
}

/// The alias of this node's interfaces: by it they are told from those of other nodes and of others' programs.
pub(super) fn mark(node: &Id) -> String {
    format!("causeway {node}")
}

/// The group of this node's interfaces: the mark of one that has just been made and has no alias yet.
pub(super) fn group(node: &Id) -> u32 {
    u32::from_str_radix(&node.short()[..8], 16).map_or(1, |group| group.max(1))
}

/// Whether an interface is the host's end of a pair that this node has made.
pub(super) fn is_marked(interface: &Interface, node: &Id) -> bool {
    let marked = match &interface.alias {
        Some(alias) => *alias == mark(node),
        None => interface.group == group(node),
    };
    marked && Endpoint::is_host_ifname(&interface.name)
}

/// Makes an endpoint's interfaces, when all that the last holder of its address had on this node is gone. What is
/// half made when a step fails is in `undo`. The dataplane knows of them when the facts do.
///
/// # Errors
/// One line that names the container's interface.
pub(super) async fn realise(daemon: &Arc<Daemon>, plan: &Plan, undo: &mut Undo) -> Result<Laid> {
    drop(daemon.addresses.turn(&plan.endpoint.addr).await);
    let host_name = plan.endpoint.host_ifname();
    let spec = VethSpec {
        host_name: host_name.clone(),
        container_netns: plan.netns.clone(),
        container_name: plan.endpoint.ifname.clone(),
        container_mac: plan.endpoint.mac,
        mtu: u32::from(plan.mtu),
        group: group(&daemon.node),
    };
    let failed = |e: &dyn std::fmt::Display| {
        Error::Internal(format!("{} in {}: {e}", plan.endpoint.ifname, plan.netns.display()))
    };
    let (both, mark) = (plan.clone(), mark(&daemon.node));
    let made = move || {
        let ifindex = spec.create()?;
        Ok::<_, LinkError>((ifindex, both.set_up_ends(&spec.host_name, ifindex, &mark)))
    };
    let made = tokio::task::spawn_blocking(made).await;
    let (ifindex, ends) = made.map_err(|e| failed(&e))?.map_err(|e| failed(&e))?;
    push_unrealise(daemon, &plan.endpoint, undo);
    failpoint::pass("both ends are set up");
    ends.map_err(|e| failed(&e))?;
    Ok(Laid { endpoint: plan.endpoint.id.clone(), host_name, ifindex })
}

impl Plan {
    /// What the container's end is told.
    pub(super) fn inside(&self) -> Inside {
        Inside {
            netns: self.netns.clone(),
            ifname: self.endpoint.ifname.clone(),
            addr: self.endpoint.addr,
            prefix_len: self.endpoint.prefix_len,
            routes: self.routes.clone(),
            gateway: self.gateway,
        }
    }

    /// Sets both ends up.
    fn set_up_ends(&self, host_name: &str, ifindex: u32, mark: &str) -> std::result::Result<(), LinkError> {
        self.inside().set_up()?;
        failpoint::pass("the container's end is set up");
        set_up_outside(host_name, ifindex, mark)
    }
}

/// The routes by a container's interface that is up. Those that are there already stay.
///
/// # Errors
/// Where the kernel refuses.
pub(super) async fn route(plan: &Plan) -> std::result::Result<(), LinkError> {
    let inside = plan.inside();
    // A panic in there is reported by its own message.
    tokio::task::spawn_blocking(move || inside.route()).await.unwrap_or(Ok(()))
}

/// Has an endpoint's interface take frames ([`crate::plan::Local::frames`]); true where it did not. One that was made
/// by an earlier version does not, nor one whose GRO the container has turned off.
///
/// # Errors
/// Where it cannot be told to.
pub(super) async fn take_frames(daemon: &Daemon, endpoint: &Endpoint, ifindex: u32) -> Result<bool> {
    let wanted = daemon.facts.read(|host| host.local.frames);
    if !wanted || daemon.link.takes_frames(ifindex).map_err(|e| Error::Internal(e.to_string()))? {
        return Ok(false);
    }
    let netns = daemon.ledger.read(|s| s.containers.get(&endpoint.container).map(|c| c.netns.clone()));
    let Some(netns) = netns else { return Ok(false) };
    let name = endpoint.ifname.clone();
    let told = tokio::task::spawn_blocking(move || link::take_frames(&netns, &name)).await;
    told.map_err(|e| Error::internal("frames", e))?.map_err(|e| Error::Internal(e.to_string()))
}

pub(super) fn push_unrealise(daemon: &Arc<Daemon>, endpoint: &Endpoint, undo: &mut Undo) {
    let (daemon, endpoint) = (Arc::clone(daemon), endpoint.clone());
    undo.push(
        format!("interface {}", endpoint.host_ifname()),
        async move { unrealise(&daemon, &endpoint).await },
    );
}

/// Holds the addresses of a container whose record goes before its interfaces, until the guards are dropped: who is
/// given one meanwhile would find the flows of its last holder, or lose its own with them.
pub(super) async fn leaving(daemon: &Daemon, container: &Id) -> Vec<OwnedMutexGuard<()>> {
    let addresses: BTreeSet<Ipv4Addr> = daemon
        .ledger
        .read(|s| s.endpoints_of_container(container).into_iter().map(|endpoint| endpoint.addr).collect());
    let mut held = Vec::new();
    for addr in addresses {
        held.push(daemon.addresses.turn(&addr).await);
    }
    held
}

/// Takes an endpoint's interface away, program and all. One that is not there is no error.
///
/// # Errors
/// Where the interface stays.
pub(super) async fn unrealise(daemon: &Daemon, endpoint: &Endpoint) -> Result<()> {
    let known = take_out(daemon, std::slice::from_ref(endpoint)).await;
    take_away(daemon, endpoint, known.get(&endpoint.id).copied()).await
}

/// Takes endpoints out of the dataplane; the interfaces that they had, by their ids. Whoever still sends to them is
/// told, and counted, as long as the interface is there: the kernel drops what is for one that is not, and says
/// nothing.
async fn take_out(daemon: &Daemon, endpoints: &[Endpoint]) -> BTreeMap<Id, u32> {
    let mut known = BTreeMap::new();
    let generation = daemon.facts.change(|host| {
        let taken = endpoints.iter().filter_map(|e| Some((e.id.clone(), host.interfaces.remove(&e.id)?)));
        known.extend(taken);
    });
    if !known.is_empty() {
        let mut applied = daemon.applied.clone();
        // A dataplane that does not get so far says why itself; the interface goes all the same.
        let _late = timeout(TAKEN_OUT, applied.wait_for(|a| a.generation >= generation)).await.is_err();
    }
    known
}

/// Takes away an interface that the dataplane leads to no more.
///
/// It goes first: with it the kernel takes the program off, whose link is then only a name. The other way round
/// everybody would wait twice. Its flows go meanwhile: nothing begins new ones any more.
async fn take_away(daemon: &Daemon, endpoint: &Endpoint, known: Option<u32>) -> Result<()> {
    let host_name = endpoint.host_ifname();
    let hurry = daemon.grace_periods.hurry();
    let forgotten = host::forget_flows(daemon, endpoint.addr);
    let deleted = tokio::task::spawn_blocking(move || delete_outside(&host_name, hurry)).await;
    forgotten.await;
    deleted.map_err(|e| Error::internal("delete", e))?.map_err(|e| Error::Internal(e.to_string()))?;
    failpoint::pass("a pair of interfaces is gone");
    if let Some(ifindex) = known {
        detach(daemon, ifindex).await?;
    }
    Ok(())
}

async fn detach(daemon: &Daemon, ifindex: u32) -> Result<()> {
    let dataplane = Arc::clone(&daemon.dataplane);
    let detach = move || {
        let mut dataplane = dataplane.lock().unwrap_or_else(PoisonError::into_inner);
        dataplane.detach(Hook::FromContainer, ifindex)
    };
    let detached = tokio::task::spawn_blocking(detach).await;
    detached.map_err(|e| Error::internal("detach", e))?.map_err(|e| Error::Internal(e.to_string()))
}

/// Takes several away; one that stays is reported and does not stop the others.
pub(super) async fn unrealise_all(daemon: &Daemon, endpoints: &[Endpoint]) {
    let known = take_out(daemon, endpoints).await;
    for endpoint in endpoints {
        if let Err(error) = take_away(daemon, endpoint, known.get(&endpoint.id).copied()).await {
            tracing::warn!(container = endpoint.container_name, %error, "an interface stays");
        }
    }
}
