//! From what should be to what has to be done: pure, no clock, no I/O.
//!
//! [`Tables`] is the whole content of the dataplane's maps; one is computed from the desired state
//! ([`tables()`], again and again by a [`Planner`]), one is read from the kernel, and the difference is a list of [`Step`]s ([`diff()`]).

mod build;
mod diff;
mod host;
mod ingress;
mod local;
mod maglev;
mod namespaces;
mod outer;
mod published;
mod rings;
mod services;
mod silence;
mod sources;
mod space;
mod stable;
mod step;
mod tables;
#[cfg(test)]
mod tests;

pub use build::{Planner, tables};
pub use diff::diff;
pub use host::{Host, Local, NextHop, OwnNamespace, Settled};
pub use step::Step;
pub use tables::{SourcePrefix, Tables};
