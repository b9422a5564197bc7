//! The daemon's API: HTTP and JSON on a unix socket.
//!
//! [`types`] is what goes over it, in both directions; [`stream`] is how output and input travel;
//! [`routes`] lists what can be asked.

mod failure;
mod peer;
pub mod routes;
mod server;
pub mod stream;
pub mod types;

pub use peer::parse_groups;
pub use server::Socket;
