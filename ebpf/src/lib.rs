//! Causeway's packet road: what the programs in the kernel do, step by step.
//!
//! ```text
//!  container                                                   container
//!     | veth                                                      ^ redirect_peer
//!     v                                                           |
//!  from_container --- endpoint here: redirect_peer --> ...        |
//!     | endpoint elsewhere: VXLAN header put on                   |
//!     v redirect                                                  |
//!  uplink ~~~~~~~~~~~~~~~~~ underlay ~~~~~~~~~~~~~~~> uplink -> from_uplink (VXLAN header off)
//! ```
//!
//! [`wire`] and [`steps`] also build on the host, where they are tested without a kernel; [`hooks`],
//! [`maps`] and [`helpers`] exist for the eBPF target only. A step decides one thing and returns
//! `Result<Decision, DropReason>`; only a hook drops, counts and gives verdicts.
#![no_std]

pub mod steps;
pub mod wire;

#[cfg(target_arch = "bpf")]
pub mod helpers;
#[cfg(target_arch = "bpf")]
pub mod hooks;
#[cfg(target_arch = "bpf")]
pub mod maps;
