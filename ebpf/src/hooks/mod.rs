//! The places where packets enter: steps in their order, and what becomes of the packet.

mod begin;
mod beyond;
mod drop;
mod from_container;
mod from_host;
mod from_outside;
mod from_uplink;
mod out;
mod socket;
mod too_big;
mod translated;

pub use from_container::from_container;
pub use from_host::from_host;
pub use from_uplink::from_uplink;
pub use socket::{bind, connect, getpeername, recvmsg, sendmsg};
