//! The daemon of one node: it decides requests, and keeps the dataplane as the store says.

mod args;
mod config;
mod identity;
mod lock;
mod mtu;
mod names;
mod notify;
mod times;
mod undo;

pub use args::Args;
pub use config::{Config, ConfigError, Limits};
