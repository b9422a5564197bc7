//! The resolvers of this node's containers.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    io,
    net::{self, Ipv4Addr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    thread,
};

use tokio::net::{TcpListener, UdpSocket};

use super::{
    Counters, Counts, Names,
    forward::{Forwarder, HostServers},
    limits::SHARDS,
    open::{self, Opener},
    resolver::Resolver,
    shard::Shard,
    tcp, udp,
};
use crate::{model::Id, runtime::Netns};

/// What the server is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Names the host's servers: `/etc/resolv.conf`, read in the daemon's own view.
    pub resolv_conf: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self { resolv_conf: "/etc/resolv.conf".into() }
    }
}

/// Where a container's resolver listens in its namespace, at 127.0.0.11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsPorts {
    /// For datagrams, host order.
    pub udp: u16,
    /// For streams, host order.
    pub tcp: u16,
}

/// The two sockets at which a container is answered.
#[derive(Debug)]
pub struct Sockets {
    /// For datagrams.
    pub udp: net::UdpSocket,
    /// For streams; it listens.
    pub tcp: net::TcpListener,
}

/// Where a container is answered from now on.
#[derive(Debug)]
pub struct Served {
    /// The ports.
    pub ports: DnsPorts,
    /// Duplicates of the sockets, where the container was not answered before.
    pub sockets: Option<Sockets>,
}

/// The resolvers of this node's containers; they end when it is dropped.
#[derive(Debug)]
pub struct Server {
    names: RwLock<Arc<Names>>,
    resolvers: Mutex<BTreeMap<Id, (Arc<Resolver>, DnsPorts)>>,
    forwarder: Arc<Forwarder>,
    counters: Arc<Counters>,
    shards: Vec<Shard>,
}

impl Server {
    /// Starts the threads that will answer. It must be called in the host's network namespace, where
    /// the host's servers are asked from.
    ///
    /// # Errors
    /// Where no threads can be had.
    pub fn start(config: Config) -> io::Result<Self> {
        let shards = thread::available_parallelism().map_or(1, usize::from).min(SHARDS);
        Ok(Self {
            names: RwLock::default(),
            resolvers: Mutex::default(),
            forwarder: Arc::new(Forwarder::new(Opener::start()?, HostServers::of(config.resolv_conf))),
            counters: Arc::default(),
            shards: (0..shards).map(|_| Shard::start()).collect::<io::Result<_>>()?,
        })
    }

    /// The names that are answered now; the base for building the next ones.
    pub fn names(&self) -> Arc<Names> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers by `names` from now on. Cheap: the daemon calls it on each change of the state, before it
    /// reports that change as applied.
    pub fn update(&self, names: Arc<Names>) {
        // Held meanwhile, so that a container that comes now gets the old names and then the new ones.
        let resolvers = self.resolvers();
        for (container, (resolver, _)) in resolvers.iter() {
            resolver.update(names.client(container).cloned().unwrap_or_default());
        }
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = names;
    }

    /// Answers a container inside its namespace from now on: by `kept` sockets of an earlier server in that namespace,
    /// or by new ones, at the preferred ports where those are free; the ports go into the container's [`causeway_common::Namespace`]. Names are those of the
    /// last [`Self::update`]. One that is answered already stays where it is. Blocks for as long as it takes to
    /// open two sockets.
    ///
    /// # Errors
    /// Where the namespace is gone or has no sockets for us.
    pub fn serve(
        &self,
        container: &Id,
        netns: &Path,
        prefer: Option<DnsPorts>,
        kept: Option<Sockets>,
    ) -> io::Result<Served> {
        let netns = Netns::at(netns).map_err(io::Error::other)?;
        let again = netns.try_clone().map_err(io::Error::other)?;
        netns.run(|| self.serve_here(container, again, prefer, kept)).map_err(io::Error::other)?
    }

    /// As [`Self::serve`], by a thread that is in the container's namespace `netns` already.
    ///
    /// # Errors
    /// Likewise.
    pub fn serve_here(
        &self,
        container: &Id,
        netns: Netns,
        prefer: Option<DnsPorts>,
        kept: Option<Sockets>,
    ) -> io::Result<Served> {
        if let Some((_, ports)) = self.resolvers().get(container) {
            return Ok(Served { ports: *ports, sockets: None });
        }
        let addr = Ipv4Addr::from(causeway_common::namespace::RESOLVER);
        let sockets = match kept {
            Some(sockets) => sockets.ready()?,
            None => open::listen(addr, prefer.map(|ports| (ports.udp, ports.tcp)))?,
        };
        let duplicates = sockets.try_clone()?;
        let mut resolvers = self.resolvers();
        let client = self.names().client(container).cloned().unwrap_or_default();
        let ports = sockets.ports()?;
        let resolver = Resolver::new(client, netns, ports, self.forwarder.clone(), self.counters.clone());
        let resolver = Arc::new(resolver);
        self.spawn(container, &resolver, sockets)?;
        if let Some((old, _)) = resolvers.insert(container.clone(), (resolver, ports)) {
            old.stopped.cancel();
        }
        Ok(Served { ports, sockets: Some(duplicates) })
    }

    /// Closes a container's sockets. No error where it has none.
    pub fn stop(&self, container: &Id) {
        if let Some((resolver, _)) = self.resolvers().remove(container) {
            resolver.stopped.cancel();
        }
    }

    /// What became of the queries so far.
    pub fn counts(&self) -> Counts {
        self.counters.counts()
    }

    /// Hands the sockets to the container's thread.
    fn spawn(&self, id: &Id, resolver: &Arc<Resolver>, sockets: Sockets) -> io::Result<()> {
        let handle = self.shard(id).handle();
        let _inside = handle.enter();
        let udp = UdpSocket::from_std(sockets.udp)?;
        let tcp = TcpListener::from_std(sockets.tcp)?;
        handle.spawn(udp::serve(udp, resolver.clone()));
        handle.spawn(tcp::serve(tcp, resolver.clone()));
        Ok(())
    }

    fn shard(&self, container: &Id) -> &Shard {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(container);
        let count = self.shards.len() as u64;
        // There is at least one; the remainder is smaller than their number.
        &self.shards[usize::try_from(hash % count).unwrap_or(0)]
    }

    fn resolvers(&self) -> MutexGuard<'_, BTreeMap<Id, (Arc<Resolver>, DnsPorts)>> {
        self.resolvers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sockets {
    /// The same, such that nobody waits for them.
    fn ready(self) -> io::Result<Self> {
        self.udp.set_nonblocking(true)?;
        self.tcp.set_nonblocking(true)?;
        Ok(self)
    }

    fn ports(&self) -> io::Result<DnsPorts> {
        Ok(DnsPorts { udp: self.udp.local_addr()?.port(), tcp: self.tcp.local_addr()?.port() })
    }

    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { udp: self.udp.try_clone()?, tcp: self.tcp.try_clone()? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for (resolver, _) in self.resolvers().values() {
            resolver.stopped.cancel();
        }
    }
}
