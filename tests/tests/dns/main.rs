//! The resolver in namespaces of its own, without a daemon: who harms whom, what is asked of whom, and
//! how long it takes (RFC 1035, 2181, 6891, 7766).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clients;
mod forwarding;
mod listening;
mod malformed;
mod names;
mod scene;
mod sizes;
mod streams;
mod under_load;
mod upstream;
