//! Namespaces and processes on a real kernel: how they start, what they say, how they end, and
//! that nothing of them stays.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cut_off;
mod ends;
mod exec;
mod files;
mod isolation;
mod logs;
mod namespaces;
mod scratch;
mod survival;
