//! Registering, updating and removing nodes, and their signs of life.

mod life;
mod register;
mod remove;
mod update;

pub use life::{Told, tell};
pub use register::{Registration, register};
pub use remove::{Removal, leave, remove};
pub use update::update;
