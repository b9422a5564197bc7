//! Causeway's command road: what `causeway` asks, `causewayd` decides, and the kernel is told.
//!
//! ```text
//! cli -> client ~~ unix socket ~~> api -> daemon -> store          (desired state, shared)
//!                                           |
//!                 desired -> plan(desired, observed), pure -> daemon -> kernel (aya) | link (netlink)
//! ```
//!
//! `plan`, `ipam` and `desired` are pure: no clock, no I/O. Only `kernel` touches aya, only `link`
//! touches netlink; `runtime` is the one place that spawns processes.

pub mod api;
pub mod cli;
pub mod client;
pub mod daemon;
pub mod desired;
pub mod dns;
pub mod docker;
mod failpoint;
pub mod ipam;
pub mod kernel;
pub mod link;
pub mod model;
pub mod plan;
pub mod runtime;
pub mod store;
