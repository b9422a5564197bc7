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
//!
//! | step | decides |
//! |---|---|
//! | `ethertype` | what kind of packet a container sent |
//! | `source` | whether it comes from whom it says |
//! | `arp` | whether a question for a neighbour is answered, and with which MAC |
//! | `destination` | who the packet is for, directly or by the gateway |
//! | `route` | what the gateway between two subnets changes |
//! | `size` | whether it fits through the overlay |
//! | `spread` | by which hash a datagram travels where it has none of its socket |
//! | `encap` | the headers in front of it on the underlay |
//! | `ecn` | how congestion marks travel in and out of the tunnel |
//! | `mine` | which of the uplink's packets are Causeway's |
//! | `decap` | whether a VXLAN packet's frame is let in |
//! | `tuple` | which conversation a packet belongs to |
//! | `track` | in which state a flow is after a packet |
//! | `notice` | what a sender is told whose packet cannot go on |
//! | `reset` | what the sender of a segment gets where nobody answers |
//! | `own` | the IP header of what the node says itself |
//! | `mss` | where a segment size is agreed on that would not fit |
//! | `publish` | which published port a packet is for |
//! | `echo` | what an echo request becomes that is answered in place |
//! | `resolver` | which ports a packet to a resolver, or from it, has |
//! | `mesh` | how a backend elsewhere is named to its node |
//! | `service` | which backend of a service a conversation gets |
//! | `ingress` | which backend a packet for a port of the mesh goes to |
//! | `nat` | what a translation changes in headers and checksums |
//! | `masquerade` | which port of the node's a new flow gets |
//! | `transit` | whether a packet may pass through as it is |
//! | `icmp_error` | which flow the packet belongs to that an ICMP error speaks of |
#![no_std]

#[cfg(test)]
extern crate std;

pub mod steps;
pub mod wire;

#[cfg(target_arch = "bpf")]
pub mod helpers;
#[cfg(target_arch = "bpf")]
pub mod hooks;
#[cfg(target_arch = "bpf")]
pub mod maps;
