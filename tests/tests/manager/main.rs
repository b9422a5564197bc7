//! A daemon under a service manager: what it tells the manager (sd_notify(3)), what it takes when it is told to read
//! its configuration again, and what the manager keeps for the next one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod kept;
mod scene;
mod socket;
mod told;
