//! A loaded dataplane in a small world, and the packets that travel in it; no wire, no namespace.

mod bpf_dir;
mod fixture;
pub mod ingress;
pub mod local;
pub mod oracle;
pub mod packets;
pub mod pins;
pub mod services;
pub mod translated;
pub mod world;

pub use bpf_dir::BpfDir;
pub use fixture::Fixture;
