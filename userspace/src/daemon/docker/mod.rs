//! Docker's engine on this node: what it asks for as a network and address driver, made real.
//!
//! ```text
//!   crate::docker (protocol, events) ──> pools, addresses ─┐
//!                                        networks ─────────┼─commit─> store ──> mirror ──> reconcile
//!                                        endpoints ────────┤   └─> veth, program on the host's end
//!                                        names, services ──┘
//!                                        sandboxes: the namespace, once the engine has made it
//!                                        sweep: what the engine knows of no more
//! ```
//!
//! The engine makes a container's namespace, moves our interface into it and gives it its address. Ours is the
//! other end.

mod addresses;
mod endpoints;
mod names;
mod networks;
mod pools;
mod sandboxes;
mod services;
mod sweep;

pub use addresses::{release_address, request_address, request_gateway};
pub use endpoints::{Joined, Place, create_endpoint, delete_endpoint, join, leave, publish, revoke};
pub use names::{Naming, identify, name_network, naming, unnamed};
pub use networks::{create_network, delete_network};
pub use pools::{release_pool, request_pool};
pub(super) use sandboxes::resume;
pub use services::follow_services;
pub use sweep::{Engine, Suspects, sweep};

use super::{Daemon, Result};
use crate::{
    desired::{self, Refusal},
    model::{Id, Network},
};

/// The network that this node's engine knows by an id.
fn network_of(daemon: &Daemon, docker: &Id) -> Result<Network> {
    let found = daemon.ledger.read(|s| desired::docker::bound(s, docker, &daemon.node).cloned());
    Ok(found.ok_or_else(|| Refusal::EngineNetworkUnknown(docker.short().to_owned()))?)
}
