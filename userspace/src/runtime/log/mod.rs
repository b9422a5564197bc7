//! A container's output: lines in a file as Docker's json-file driver writes them.

mod copy;
mod follow;
pub mod line;
mod read;

pub(super) use copy::{Log, copy};
pub use line::LogStream;
pub(super) use read::stream;
