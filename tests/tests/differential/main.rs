//! Each pure step of the packet road against an oracle that is not ours, on a million random packets.

mod arp;
mod encap;
mod ip;
mod mesh;
mod nat;
mod random;
mod uplink;
