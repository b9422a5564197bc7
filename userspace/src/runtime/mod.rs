//! Namespaces and processes on this host: the one place that spawns them.

mod error;
pub mod netns;

pub use error::RuntimeError;
pub use netns::Netns;
