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
pub(super) use create::settle_ports;
pub(super) use enter::enter;
pub use exec::{Session, exec};
pub(super) use files::rewrite;
pub use logs::logs;
pub(super) use place::{place, take_back};
pub(super) use query::{find, find_anywhere};
pub use query::{inspect, list, wait};
pub(super) use remove::forget;
pub use remove::remove;
pub use start::start;
pub use stop::{kill, stop};
