//! The daemon's API: HTTP and JSON on a unix socket.
//!
//! [`types`] is what goes over it, in both directions.

pub mod types;
