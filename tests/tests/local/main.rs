//! Local networking on a node: who reaches whom, by programs that users have.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cast;
mod churn;
mod connectivity;
mod figures;
mod files;
mod flood;
mod hostile;
mod interfaces;
mod mtu;
mod odd_headers;
mod ports;
mod programs;
mod residue;
mod scarce;
mod strict;
mod thousand;
mod transfer;
