//! The host's side of local networks: `cw-host`, what is routed to it, and what the programs must
//! know of the host.
//!
//! ```text
//!   start ──> Road (cw-host, cw-road, reserved ports, socket hooks)
//!   networks, containers ──> Road::settle ──> addresses and routes of cw-host
//!   link events ──> facts (host addresses, generation) ──> reconcile ──> HOST_ADDRS_V4, SETTINGS
//! ```

mod addresses;
mod bindable;
mod listening;
mod ports;
mod road;
mod routes;
mod sweep;

pub(super) use addresses::{first_look, follow};
pub(super) use bindable::Choice;
pub(super) use listening::listening;
pub use listening::listening_in;
pub(super) use ports::{free, reserve};
pub(super) use road::{Road, follow_services, mtu, settle, settle_or_say};
pub(super) use sweep::{forget_flows, sweep};
