//! One decision a file. Steps are pure: what they need of a map is handed to them, what they
//! decide is returned, and the packet is only what lies under their view.

pub mod arp;
pub mod decap;
pub mod destination;
pub mod echo;
pub mod ecn;
pub mod encap;
pub mod ethertype;
pub mod icmp_error;
pub mod ingress;
pub mod masquerade;
pub mod mesh;
pub mod mine;
pub mod mss;
pub mod nat;
pub mod notice;
pub mod own;
pub mod publish;
pub mod reset;
pub mod resolver;
pub mod route;
pub mod service;
pub mod size;
pub mod source;
pub mod spread;
pub mod track;
pub mod transit;
pub mod tuple;
