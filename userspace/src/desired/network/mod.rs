//! Creating and removing networks.

mod create;
mod prune;
mod remove;

pub use create::{create, create_default};
pub use prune::is_asked_for;
pub use remove::{may_go, remove};
pub(super) use remove::{strike_out, users};
