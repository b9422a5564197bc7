//! Docker's engine: its plugin protocol, and what it tells of its containers.
//!
//! ```text
//!   dockerd ── POST /NetworkDriver.*, /IpamDriver.* ──> socket ─> network_driver, ipam_driver ─> daemon::docker
//!      ^                                                             (messages, ports)
//!      '──── events, names, labels ── follow (engine: its API by bollard) ──> daemon::docker
//! ```
//!
//! The protocol: moby's `daemon/libnetwork/docs/remote.md` and `ipam.md`, `pkg/plugins`. Network drivers say what
//! went wrong as `Err`, address drivers as `Error`, both with status 200.

mod caller;
mod engine;
mod follow;
mod ipam_driver;
mod messages;
mod mounts;
mod network_driver;
mod ports;
mod socket;

pub use follow::follow;
pub use messages::{CreateNetwork, Failure, IpamData, read};
pub use network_driver::binding;
pub use ports::{Binding, requests};
pub use socket::Plugin;
