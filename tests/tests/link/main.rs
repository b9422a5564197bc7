//! Interfaces, addresses, routes, neighbours and the underlay on a real kernel, in namespaces of our own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ends;
mod events;
mod host_pair;
mod next_hop;
mod scratch;
mod underlay;
mod veth;
