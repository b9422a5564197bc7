//! From nothing to ready, in an order that changes nothing before everything is checked.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};

use super::{
    Config, ConfigError, Daemon, FdStore, adopt, aggregation,
    audit::{self, Audit},
    exits,
    facts::Facts,
    grace_periods::GracePeriods,
    heard::{self, Heard},
    host, identity, joining,
    ledger::Ledger,
    liveness::Liveness,
    lock, mesh, metrics, namespaces,
    naming::Naming,
    neighbours, networks, notify, outside, probes, reconcile, reload, serial, silence, store_news,
    tuning::Tuning,
    unknown_store, uplink, wire,
};
use crate::{
    api::Socket,
    dns, docker,
    kernel::{self, Dataplane, Hook, KernelError},
    link::{CW_ROAD, HostPair, Link, Underlay, can_take_frames, container_mtu},
    model::Id,
    plan::{Host, Local, Tables},
    runtime,
    store::{self, Mirror, StoreError},
};

/// How long the store may take to answer at all.
const ANSWERING: Duration = Duration::from_secs(4);
/// How long it may take to show what it holds.
const LOADING: Duration = Duration::from_secs(60);

/// Any line that keeps the daemon from starting.
type Line = Box<dyn std::error::Error + Send + Sync>;

/// What the daemon gets from, and is told by, whoever runs it.
#[derive(Debug)]
pub struct Surroundings<Reread, Stop> {
    /// Sockets that the service manager kept.
    pub fd_store: FdStore,
    /// Reads the configuration once more.
    pub reread: Reread,
    /// Resolves when the daemon shall end.
    pub stop: Stop,
}

/// Runs the daemon until it shall end. The dataplane and the containers go on after that.
///
/// # Errors
/// One line that says why it cannot start, when nothing has been changed but directories made; or why it cannot go
/// on.
pub async fn run<R, S>(config: Config, around: Surroundings<R, S>) -> Result<(), Line>
where
    R: Fn() -> Result<Config, ConfigError> + Send + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let hangups = reload::catch()?;
    kernel::preflight(&config.bpf_dir)?;
    let link = Link::here()?;
    let underlay = link.underlay(config.underlay.as_deref()).await?;
    container_mtu(&underlay.ifname, underlay.mtu)?;
    let _locks = lock::take(&[&config.state_dir, &config.run_dir, &config.bpf_dir])?;
    let machine = identity::machine()?;
    let (node, ledger) = join(&config, &machine, &underlay).await.inspect_err(|_| {
        // Succeeds only where it is empty, that is where it was made just now.
        let _ = std::fs::remove_dir(&config.bpf_dir);
    })?;
    let heard = heard::listen()?;
    let daemon = assemble(config, node, ledger, link, &underlay, around.fd_store).await?;
    let reloads = reload::follow(Arc::clone(&daemon), hangups, around.reread);
    serve(daemon, machine, heard, reloads, around.stop).await
}

/// Joins the cluster, or is refused.
async fn join(config: &Config, machine: &str, underlay: &Underlay) -> Result<(Id, Ledger), Line> {
    let node = identity::load_or_create(&config.state_dir)?;
    let ledger = open_ledger(config, &node).await?;
    unknown_store::check(config, &ledger, &node)?;
    joining::register(&ledger, config, (&node, machine), underlay).await?;
    Ok((node, ledger))
}

/// Opens the store and reads it; a store that does not answer is refused within a few seconds, one that
/// holds much is read for as long as it takes.
pub(super) async fn open_ledger(config: &Config, node: &Id) -> Result<Ledger, Line> {
    let store = store::open_as(&config.store, &config.etcd, &config.state_dir).await?;
    let late = || StoreError::Unreachable { store: store.describe(), reason: "no answer".into() };
    timeout(ANSWERING, store.check_layout()).await.map_err(|_| refused(&late()))?.map_err(|e| refused(&e))?;
    let mirror = Arc::new(Mirror::start(Arc::clone(&store), node.clone()));
    timeout(LOADING, mirror.loaded()).await.map_err(|_| refused(&late()))?;
    Ok(Ledger::new(store, mirror))
}

/// At the start there is nothing that goes on without the store.
fn refused(error: &StoreError) -> Line {
    match error {
        StoreError::Unreachable { store, reason } => {
            format!("the store at {store} cannot be reached ({reason}); start it, or correct --store").into()
        }
        other => other.to_string().into(),
    }
}

async fn assemble(
    config: Config,
    node: Id,
    ledger: Ledger,
    link: Link,
    underlay: &Underlay,
    fd_store: FdStore,
) -> Result<Arc<Daemon>, Line> {
    let grace_periods = GracePeriods::open(&config.run_dir);
    let starting = grace_periods.hurry();
    let mut dataplane = Dataplane::open(&options(&config, underlay))?;
    dataplane.attach(Hook::FromUplink, &underlay.ifname, underlay.ifindex)?;
    host::reserve(&config.run_dir, config.masquerade_ports.range())?;
    let road = host::Road::open(&link, host::mtu(&ledger, &node, underlay.mtu)).await?;
    dataplane.attach(Hook::FromHost, CW_ROAD, road.pair().road)?;
    let sees_sockets = see_sockets(&config, &mut dataplane)?;
    let mut host = host_facts(&config, node.clone(), underlay, road.pair())?;
    let observed = dataplane.observe()?;
    host.local.generation = next_generation(&observed);
    host.local.redirects = link.is_veth(underlay.ifindex).await?;
    host.local.frames = can_take_frames()?;
    let facts = Arc::new(Facts::new(host));
    host::first_look(&facts, &link).await?;
    let resolver = Arc::new(dns::Server::start(dns::Config::default())?);
    let mut naming = Naming::new(Arc::clone(&resolver), node.clone());
    naming.follow(&ledger.mirror, &BTreeSet::new());
    let (applied, receiver) = reconcile::channel();
    let (audit, audits) = Audit::new();
    let daemon = Arc::new(Daemon {
        tuning: watch::channel(Tuning::from(&config)).0,
        fd_store: Arc::new(fd_store),
        config,
        node,
        ledger,
        dataplane: Arc::new(Mutex::new(dataplane)),
        link,
        road,
        sees_sockets,
        wire: wire::Wire::default(),
        resolver,
        facts,
        applied: receiver,
        audit,
        uplink: uplink::Trouble::default(),
        serial: serial::Serial::default(),
        addresses: serial::Serial::default(),
        grace_periods,
        exits: exits::Exits::default(),
    });
    networks::ensure_default(&daemon).await?;
    adopt::interfaces(&daemon).await?;
    adopt::strays(&daemon).await;
    namespaces::adopt(&daemon, &observed).await;
    daemon.fd_store.forget_rest();
    host::settle(&daemon).await?;
    outside::look(&daemon).await?;
    neighbours::first_look(&daemon.ledger, &daemon.facts, &daemon.link, &daemon.node).await;
    silence::first_look(&daemon, &observed);
    reconcile::start(&daemon, naming, observed, (applied, audits))?;
    drop(starting);
    Ok(daemon)
}

/// Has sockets seen at `connect` and its like, where that is wanted and the machine lets us.
fn see_sockets(config: &Config, dataplane: &mut Dataplane) -> Result<bool, KernelError> {
    let reason = if config.socket_hooks {
        let attached = runtime::cgroup_root().map_err(|e| e.to_string());
        match attached.and_then(|root| dataplane.attach_sockets(&root).map_err(|e| e.to_string())) {
            Ok(_) => {
                // Who is led at `connect` must not be led once more on the way.
                dataplane.detach_los()?;
                return Ok(true);
            }
            Err(error) => error,
        }
    } else {
        "the configuration says so".to_owned()
    };
    dataplane.detach_sockets()?;
    tracing::warn!(
        reason,
        "sockets are not seen: processes of this host reach published ports not by its own addresses"
    );
    Ok(false)
}

fn options(config: &Config, underlay: &Underlay) -> kernel::Options {
    kernel::Options {
        vxlan_port: config.vxlan_port,
        sizes: config.limits,
        ..kernel::Options::new(config.bpf_dir.clone(), underlay.addr)
    }
}

fn host_facts(config: &Config, node: Id, underlay: &Underlay, pair: HostPair) -> io::Result<Host> {
    Ok(Host {
        namespaces: BTreeMap::new(),
        settled: BTreeMap::new(),
        node,
        vtep: underlay.addr,
        uplink: underlay.ifindex,
        uplink_mac: underlay.mac,
        underlay_mtu: underlay.mtu,
        vxlan_port: config.vxlan_port,
        sizes: config.limits,
        interfaces: BTreeMap::new(),
        next_hops: BTreeMap::new(),
        silent_nodes: BTreeSet::new(),
        local: Local {
            netns_cookie: kernel::netns_cookie()?,
            host_ifindex: pair.host,
            host_mac: Some(pair.mac),
            first_port: config.masquerade_ports.first(),
            ports: config.masquerade_ports.count(),
            ..Local::default()
        },
    })
}

/// Routes and neighbours may have changed while no daemon looked: flows that are there look up their
/// next hops again.
fn next_generation(observed: &Tables) -> u32 {
    observed.settings.map_or(1, |settings| settings.generation.wrapping_add(1))
}

/// Starts all that goes on by itself, and answers requests until `stop` resolves.
async fn serve(
    daemon: Arc<Daemon>,
    machine: String,
    heard: Heard,
    reloads: impl Future<Output = ()> + Send + 'static,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Line> {
    let mut tasks = JoinSet::new();
    if let Some(addr) = daemon.config.metrics {
        let listener = TcpListener::bind(addr).await.map_err(|e| format!("--metrics {addr}: {e}"))?;
        tasks.spawn(metrics::serve(listener, Arc::clone(&daemon)));
    }
    let links = heard.any.clone();
    let (ledger, facts, link) = (daemon.ledger.clone(), Arc::clone(&daemon.facts), daemon.link.clone());
    tasks.spawn(neighbours::follow(ledger, facts, link, daemon.node.clone(), heard.all.clone()));
    tasks.spawn(host::follow(Arc::clone(&daemon), heard.all.clone()));
    tasks.spawn(host::follow_services(Arc::clone(&daemon)));
    tasks.spawn(host::sweep(Arc::clone(&daemon)));
    tasks.spawn(mesh::follow(Arc::clone(&daemon)));
    tasks.spawn(mesh::warn(Arc::clone(&daemon)));
    tasks.spawn(wire::follow(Arc::clone(&daemon), heard.clone()));
    tasks.spawn(aggregation::follow(Arc::clone(&daemon), heard.links.clone()));
    tasks.spawn(uplink::follow(Arc::clone(&daemon), heard));
    tasks.spawn(liveness(&daemon, machine).run());
    tasks.spawn(silence::follow(Arc::clone(&daemon)));
    tasks.spawn(probes::follow(Arc::clone(&daemon)));
    tasks.spawn(store_news::tell(daemon.ledger.mirror.connection()));
    tasks.spawn(store_news::tell_unreadable(daemon.ledger.clone()));
    let drop_log = daemon.dataplane.lock().unwrap_or_else(PoisonError::into_inner).drop_log();
    if let Some(log) = drop_log {
        tasks.spawn(log);
    }
    adopt::processes(&daemon).await;
    adopt::unfinished(&daemon).await;
    settle(&daemon).await;
    super::docker::resume(&daemon);
    let plugin =
        daemon.config.docker.as_ref().map(|config| docker::Plugin::open(&config.plugin)).transpose()?;
    tasks.spawn(audit::follow(Arc::clone(&daemon), links));
    let socket = Socket::open(&daemon.config.run_dir)?;
    if let (Some(plugin), Some(config)) = (plugin, &daemon.config.docker) {
        tasks.spawn(plugin.serve(Arc::clone(&daemon), config.engine.clone()));
        tasks.spawn(docker::follow(Arc::clone(&daemon), config.clone()));
        tasks.spawn(super::docker::follow_services(Arc::clone(&daemon)));
    }
    tracing::info!(node = daemon.config.node, store = daemon.ledger.store.describe(), "ready");
    notify::ready();
    // Not before: until then the configuration is what it was a moment ago.
    tasks.spawn(reloads);
    tasks.spawn(notify::watchdog(Arc::clone(&daemon)));
    let ended = reconcile::ended(&daemon);
    socket
        .serve(Arc::clone(&daemon), async move {
            tokio::select! { () = stop => {}, () = ended => {} }
        })
        .await?;
    notify::stopping();
    if reconcile::has_ended(&daemon) {
        return Err("the thread that keeps the dataplane has ended; the dataplane goes on as it is".into());
    }
    tracing::info!("stopped; the dataplane and the containers go on");
    Ok(())
}

fn liveness(daemon: &Daemon, machine: String) -> Liveness {
    Liveness {
        ledger: daemon.ledger.clone(),
        node: daemon.node.clone(),
        machine,
        ttl: daemon.config.lease_ttl,
        applied: daemon.applied.clone(),
        hindrance: None,
    }
}

/// Who asks a daemon that is ready finds the dataplane as the store says.
async fn settle(daemon: &Daemon) {
    if let Err(error) = reconcile::settled(daemon).await {
        tracing::error!(error, "the dataplane is not as it should be");
    }
}
