//! What should be: the store's content as typed values, and the changes that users ask for.
//!
//! A change is a pure function of the [`State`] and the request; time and randomness are passed in
//! ([`Given`]). It returns the thing and the [`crate::store::Txn`] that makes it so, or a
//! [`Refusal`]. The transaction's preconditions hold whatever the decision relied on; when the store
//! answers [`crate::store::StoreError::Conflict`], read the state again and decide again.

pub mod container;
pub mod docker;
mod draft;
mod endpoint;
mod files;
mod given;
mod host_ports;
pub mod network;
pub mod node;
mod publish;
mod refusal;
pub mod service;
mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod world;

pub use container::Placed;
pub use given::Given;
pub use host_ports::{HostPorts, PortUse};
pub use refusal::{HostPort, Kind, Refusal};
pub use state::State;
