//! The places where packets enter: steps in their order, and what becomes of the packet.

mod drop;
mod from_container;
mod from_uplink;

pub use from_container::from_container;
pub use from_uplink::from_uplink;
