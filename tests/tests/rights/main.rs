//! What the daemon may do, and that containers are not confined where it is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alone;
mod cast;
mod confined;
mod status;
mod units;
