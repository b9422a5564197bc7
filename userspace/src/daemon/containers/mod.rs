//! Containers: from request to process and back.

mod create;
mod enter;
mod exec;
mod files;
mod logs;
mod place;
mod query;
mod remove;
mod start;
mod stop;

pub use create::create;
pub(super) use create::{directory, settle_ports};
pub(super) use enter::enter;
pub use exec::{Session, exec};
pub(super) use files::rewrite;
pub use logs::logs;
pub(super) use place::{place, take_back};
pub(super) use query::{find, find_anywhere};
pub use query::{inspect, list, wait};
pub use remove::remove;
pub(super) use remove::{end_and_forget, forget, leave_nothing};
pub use start::start;
pub(super) use stop::end;
pub use stop::{kill, stop};
