//! One decision a file. Steps are pure: what they need of a map is handed to them, what they
//! decide is returned, and the packet is only what lies under their view.

pub mod arp;
pub mod decap;
pub mod destination;
pub mod ecn;
pub mod encap;
pub mod ethertype;
pub mod mine;
pub mod route;
pub mod size;
pub mod source;
