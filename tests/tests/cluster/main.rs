//! What a cluster survives: three nodes, and three members of etcd, one fault at a time.
//!
//! While it lasts, and after it: traffic that has nothing to do with it loses no packet, no node removes
//! what is not gone, no address is given to two, and soon after its end every node agrees again.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreement;
mod cast;
mod census;
mod clock;
mod layout;
mod members;
mod nodes;
mod replaced;
mod store_stopped;
mod told;
mod traffic;
