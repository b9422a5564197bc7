//! Docker's engine on nodes: `docker` and compose as people type them, on networks that several engines share.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cast;
mod compose;
mod engine;
mod failing;
mod image;
mod kept;
mod names;
mod networks;
mod ports;
mod protocol;
mod services;
mod units;
mod walk;
