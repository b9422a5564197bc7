//! The daemon's API: HTTP and JSON on a unix socket.
//!
//! [`types`] is what goes over it, in both directions; [`stream`] is how output and input travel.

pub mod routes;
pub mod stream;
pub mod types;
