//! Addresses: which subnets a network gets, which address an endpoint gets, which VNI a subnet gets, which
//! virtual address a service gets.
//!
//! All of it is pure: what is taken is passed in, what is chosen is returned. Rules are Docker's
//! (see [`Refusal`] for what is refused); where Docker leaves a choice, the next address after the
//! last one handed out is taken, so that an address rests as long as possible before it names
//! another container.

mod address;
mod options;
mod pool;
mod refusal;
mod request;
#[cfg(test)]
mod tests;
mod vip;
mod vni;

pub use address::{Cursor, Taken, choose, hosts};
pub use options::{HOST_BINDING, ICC, MASQUERADE, MTU, Options, VXLAN_IDS};
pub use refusal::Refusal;
pub use request::{SubnetRequest, check_vip_pool, parse_cidr, subnets};
pub use vip::VipPool;
pub use vni::{LOCAL_VNIS, OVERLAY_VNIS, Pool, assign};
