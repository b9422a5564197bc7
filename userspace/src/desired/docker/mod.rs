//! What Docker's engines ask for: networks that several engines share, addresses that are handed out before
//! it is known for whom, endpoints that go into sandboxes, and names that are learned last.
//!
//! ```text
//!   RequestPool ──> pool.rs: a network without an engine, or one that is there
//!   CreateNetwork ─> network.rs: the engine's id stands at the network; DeleteNetwork takes it away
//!   RequestAddress > address.rs: Reserved        <── ReleaseAddress: gone
//!   CreateEndpoint > endpoint.rs: Made           <── DeleteEndpoint: Reserved, or gone
//!   Join ──────────> sandbox.rs: Joined          <── Leave: Made
//!   events ────────> identity.rs: name, aliases, labels; service.rs: what it is a backend of
//! ```
//!
//! Each call may come twice, or after the engine has forgotten: what is there already is given again, and what
//! is gone already is no error.

mod address;
mod endpoint;
mod identity;
mod labels;
mod network;
mod pool;
mod publish;
mod sandbox;
mod service;

pub use address::{release, reserve};
pub use endpoint::{Wanted, endpoint, make, unmake};
pub use identity::{Identity, Member, identify};
pub(in crate::desired) use labels::engines;
pub use labels::{bound, bound_here, is_made_by_docker, is_nameless};
pub use network::{Binding, Subnet, bind, named, unbind};
pub use pool::{PoolWish, Pooled, drop_pool, gateway, pool, pools_here};
pub use publish::{publish, revoke};
pub use sandbox::{join, leave};
pub use service::{Wish, is_orphan, join_service, missing, wish};
