//! The daemon of one node: it decides requests, and keeps the dataplane as the store says.
//!
//! ```text
//!   api ──> networks, services, containers, attachments ─commit─> store ──watch──> mirror ─┐
//!               │                                 exits, probes ────^                      v
//!               ├─> endpoints (veth, addresses, program) ──> facts ──────────────────> reconcile ──> maps
//!               └─> namespaces (cookie, resolver's ports) ─────^                       │   └─ naming ──> resolver
//!   neighbours, uplink, outside (link events) ─────────────────^                       │
//!   aggregation (mirror, wire) ──> cw-vxlan                       │
//!   silence (mirror, clock) ───────────────────────────────────^                       │
//!   audit (maps, interfaces: put right, counted) <────────────── reconcile, link
//!               acknowledge <── mirror <── store <── liveness <──────── applied ───────┘
//! ```

mod acknowledge;
mod adopt;
mod aggregation;
mod args;
pub mod attachments;
mod audit;
mod carry;
mod cleanup;
mod config;
pub mod connections;
pub mod containers;
pub mod docker;
mod draining;
mod endpoints;
mod error;
mod exits;
mod facts;
mod fd_store;
mod grace_periods;
mod heard;
mod host;
mod identity;
mod inspect;
mod intent;
mod joining;
mod ledger;
mod liveness;
mod lock;
mod masquerade_ports;
mod mesh;
mod metrics;
mod names;
mod namespaces;
mod naming;
mod neighbours;
pub mod networks;
pub mod nodes;
mod notify;
mod operation;
mod outside;
mod probes;
mod reconcile;
mod reload;
mod serial;
pub mod services;
mod silence;
mod startup;
pub mod status;
mod store_news;
mod times;
mod tuning;
mod undo;
mod unknown_store;
mod uplink;
mod wire;

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

pub use args::Args;
pub use cleanup::{cleanup, cleanup_begun};
pub use config::{Config, ConfigError, DockerConfig, decide, load};
pub use error::{Error, Result};
pub use fd_store::{FdStore, read_name};
pub use host::listening_in;
pub use lock::find_holder;
pub use masquerade_ports::{MasqueradePorts, NoPorts};
pub use mesh::Mesh;
pub use startup::{Surroundings, run};
pub use wire::Xdp;

use tokio::sync::watch;

use crate::{dns::Server, kernel::Dataplane, link::Link, model::Id, runtime};

/// All that requests share.
pub struct Daemon {
    config: Config,
    /// What of the configuration has changed since.
    tuning: watch::Sender<tuning::Tuning>,
    /// Sockets that the service manager keeps.
    fd_store: Arc<FdStore>,
    /// This node.
    node: Id,
    ledger: ledger::Ledger,
    /// Short system calls only: held for microseconds, never across an await.
    dataplane: Arc<Mutex<Dataplane>>,
    /// The daemon's own network namespace.
    link: Link,
    /// The host's way to its containers.
    road: host::Road,
    /// Sockets are seen at `connect` and its like; else packets find resolvers through `lo`.
    sees_sockets: bool,
    /// By whom the uplink's frames are met.
    wire: wire::Wire,
    /// Answers containers' questions for names.
    resolver: Arc<Server>,
    /// What this node knows of itself.
    facts: Arc<facts::Facts>,
    /// What the dataplane holds.
    applied: reconcile::AppliedReceiver,
    audit: audit::Audit,
    /// What is wrong with the uplink.
    uplink: uplink::Trouble,
    /// Containers, by their ids.
    serial: serial::Serial<Id>,
    /// Addresses whose record goes before the interface does ([`endpoints::leaving`]).
    addresses: serial::Serial<Ipv4Addr>,
    /// How long the kernel waits where programs go on and off.
    grace_periods: Arc<grace_periods::GracePeriods>,
    exits: exits::Exits,
}

impl Daemon {
    /// A container's process on this machine.
    fn process(&self, id: &Id) -> runtime::Container {
        runtime::Container::new(&self.config.containers_dir(), id).with_keeper(self.keeper())
    }

    /// Who starts processes and names network namespaces.
    fn keeper(&self) -> runtime::Keeper {
        runtime::Keeper::of(&self.config.run_dir)
    }
}
