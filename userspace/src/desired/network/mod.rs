//! Creating and removing networks.

mod create;
mod remove;

pub use create::{create, create_default};
pub(super) use remove::strike_out;
pub use remove::{remove, unused};
