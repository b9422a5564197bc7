//! What a node knows of itself: all that its tables depend on besides the desired state.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use crate::model::{Id, Mac, Sizes};

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
    /// Sizes of its tables.
    pub sizes: Sizes,
    /// Endpoint id -> index of its host-side interface, for those that exist.
    pub interfaces: BTreeMap<Id, u32>,
    /// VTEP -> the way to it, for those that are reachable.
    pub next_hops: BTreeMap<Ipv4Addr, NextHop>,
    /// Nodes that have given no sign of life for so long that nothing of theirs is entered any more; one that
    /// gives one again counts at once.
    pub silent_nodes: BTreeSet<Id>,
    /// Its side of local networking.
    pub local: Local,
    /// VIP -> the ring that has stood for long enough, of services with ports of all nodes.
    pub settled: BTreeMap<Ipv4Addr, Settled>,
    /// Container id -> its namespace, for those that are looked after.
    pub namespaces: BTreeMap<Id, OwnNamespace>,
}

/// A container's network namespace as this node knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnNamespace {
    /// Its cookie (`SO_NETNS_COOKIE`).
    pub cookie: u64,
    /// Port of the resolver's UDP socket in it; none where it has no resolver.
    pub dns_udp: Option<u16>,
    /// Port of the resolver's TCP socket in it; likewise.
    pub dns_tcp: Option<u16>,
    /// Docker's engine has a resolver in it, too.
    pub has_another: bool,
}

/// A ring that has stood for so long that conversations of earlier ones are over or tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its first slot.
    pub ring: u32,
    /// How many it has.
    pub slots: u32,
    /// Whether some are tracked.
    pub tracked: bool,
}

/// The host's side of local networking; all zero: containers reach containers only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Local {
    /// Cookie of the node's network namespace.
    pub netns_cookie: u64,
    /// Index of `cw-host`; 0: there is none.
    pub host_ifindex: u32,
    /// MAC of `cw-host`; none where there is none.
    pub host_mac: Option<Mac>,
    /// Raised whenever a route or a neighbour changes.
    pub generation: u32,
    /// The first port that masqueraded flows get.
    pub first_port: u16,
    /// How many they are.
    pub ports: u16,
    /// Whether XDP sends frames back by redirecting them to the uplink, as a veth needs it.
    pub redirects: bool,
    /// Whether all containers' interfaces take frames as they come from the driver.
    pub frames: bool,
    /// The host's IPv4 addresses on interfaces other than `cw-host`; gateways are the networks' own.
    pub addresses: BTreeSet<Ipv4Addr>,
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
