//! The ingress mesh on clusters: ports that every node answers on, whoever asks and wherever the backends are.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cast;
mod churn;
mod datagrams;
mod ending;
mod errors;
mod flood;
mod hostile;
mod kept;
mod matrix;
mod placed;
mod requests;
mod restricted;
mod server;
mod sizes;
mod talk;
mod transfer;
mod walk;
mod wire;
