//! From what should be to what has to be done: pure, no clock, no I/O.
//!
//! [`Tables`] is the whole content of the dataplane's maps; one is computed from the desired state,
//! one is read from the kernel, and the difference is a list of [`Step`]s.

mod step;
mod tables;

pub use step::Step;
pub use tables::Tables;
