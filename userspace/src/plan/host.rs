//! What a node knows of itself: all that its tables depend on besides the desired state.

use std::{collections::BTreeMap, net::Ipv4Addr};

use crate::model::{Id, Mac};

/// What a node knows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its id.
    pub node: Id,
    /// Its underlay address.
    pub vtep: Ipv4Addr,
    /// The uplink's interface index.
    pub uplink: u32,
    /// The uplink's MAC.
    pub uplink_mac: Mac,
    /// The uplink's MTU, bytes.
    pub underlay_mtu: u32,
    /// The cluster's VXLAN port.
    pub vxlan_port: u16,
    /// Endpoint id -> index of its host-side interface, for those that exist.
    pub interfaces: BTreeMap<Id, u32>,
    /// VTEP -> the way to it, for those that are reachable.
    pub next_hops: BTreeMap<Ipv4Addr, NextHop>,
}

/// The way to another node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextHop {
    /// The interface that the route leaves by.
    pub ifindex: u32,
    /// That interface's MAC.
    pub src_mac: Mac,
    /// The next hop's MAC; none while the kernel has not resolved it.
    pub dst_mac: Option<Mac>,
}
