//! Creating, updating and removing services, and what is known of their backends.

mod backend;
mod create;
mod find;
mod ingress;
mod join;
mod part;
mod ports;
mod remove;
mod update;
mod vip;

pub use backend::report;
pub(super) use backend::{drain_all, settle, start_all};
pub use create::create;
pub(super) use ingress::MOST as MOST_INGRESS_PORTS;
pub(super) use join::{check_reached, joined, own_networks};
pub(super) use part::part_of;
pub use part::{move_backends, unknown_networks};
pub(super) use ports::host_ports;
pub(super) use remove::remove_next;
pub use remove::{Removal, remove};
pub use update::update;
pub use vip::Supply;
