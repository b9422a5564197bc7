//! From what should be to what has to be done: pure, no clock, no I/O.
//!
//! [`Tables`] is the whole content of the dataplane's maps; one is computed from the desired state
//! ([`tables()`]), one is read from the kernel, and the difference is a list of [`Step`]s ([`diff()`]).

mod build;
mod diff;
mod host;
mod local;
mod outer;
mod published;
mod step;
mod tables;
#[cfg(test)]
mod tests;

pub use build::tables;
pub use diff::diff;
pub use host::{Host, Local, NextHop, OwnNamespace};
pub use step::Step;
pub use tables::{SourcePrefix, Tables};
