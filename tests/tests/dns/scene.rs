//! A host with the server, and containers' namespaces.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use causeway::{
    desired::State,
    dns::{Config, DnsPorts, Server},
};
use causeway_lab::Netns;
use tempfile::TempDir;

use crate::names;

/// Where a container finds its resolver.
pub(crate) const RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);

/// A host with the server, and one container.
pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) host: Netns,
    pub(crate) container: Netns,
    pub(crate) ports: DnsPorts,
    files: TempDir,
}

impl Scene {
    /// Container `c1` is served by the names of `state`; the host asks `servers`.
    pub(crate) fn set(state: &State, servers: &[&str]) -> Self {
        let (host, container, files) = (netns(), netns(), tempfile::tempdir().unwrap());
        let lines: String = servers.iter().map(|server| format!("nameserver {server}\n")).collect();
        let resolv_conf: PathBuf = files.path().join("resolv.conf");
        fs::write(&resolv_conf, lines).unwrap();
        let server = host.run(|| Server::start(Config { resolv_conf })).unwrap().unwrap();
        server.update(Arc::new(names::built(state)));
        let ports = server.serve(&names::id(2, 1), &container.path(), None, None).unwrap().ports;
        Self { server, host, container, ports, files }
    }

    /// Another container's namespace, served too.
    pub(crate) fn another(&self, n: u16) -> (Netns, DnsPorts) {
        let netns = netns();
        let ports = self.server.serve(&names::id(2, n), &netns.path(), None, None).unwrap().ports;
        (netns, ports)
    }

    /// Where `c1` sends datagrams.
    pub(crate) fn udp(&self) -> SocketAddr {
        (RESOLVER, self.ports.udp).into()
    }

    /// Where `c1` opens streams.
    pub(crate) fn tcp(&self) -> SocketAddr {
        (RESOLVER, self.ports.tcp).into()
    }

    /// The directory of the host's resolv.conf.
    pub(crate) fn files(&self) -> &std::path::Path {
        self.files.path()
    }
}

/// An empty namespace whose name no other test uses.
pub(crate) fn netns() -> Netns {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    Netns::create(&format!("cw-dns-{}-{number}", std::process::id())).unwrap()
}
