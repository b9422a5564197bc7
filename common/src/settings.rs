//! Settings: what the programs must know of the node itself, changed without loading them again.

use crate::{Ipv4, Mac};

/// [`Settings::flags`]: at least one port is published, so packets from outside are looked up.
pub const PUBLISHES: u16 = 1;
/// [`Settings::flags`]: some network does not masquerade, so packets for containers' own addresses may
/// come in from outside.
pub const ROUTES: u16 = 2;
/// [`Settings::flags`]: at least one port of the mesh is there, so packets from outside are looked up.
pub const INGRESS: u16 = 4;
/// [`Settings::flags`]: the uplink is a veth, by whose driver `XDP_TX` gets nowhere: the other end is only told
/// of such frames if it has a program of its own (drivers/net/veth.c, `veth_xdp_flush`). Frames are redirected
/// to the uplink instead.
pub const REDIRECTS: u16 = 8;
/// [`Settings::flags`]: containers' interfaces take frames as they come from the driver (`XDP_REDIRECT` to the host's
/// end of a veth, whose other end has GRO and with it a NAPI context: drivers/net/veth.c, `veth_xdp_xmit`).
pub const FRAMES: u16 = 16;

/// What the programs must know of the node; the one slot of an array. All zero: there is no host
/// road, and a container reaches its networks' containers only.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// Cookie of the node's network namespace (`SO_NETNS_COOKIE`): whose sockets are the host's.
    pub netns_cookie: u64,
    /// Interface `cw-host`; 0: there is none. Routes are looked up as if packets came in on it, so
    /// forwarding must be on for it (`net.ipv4.conf.cw-host.forwarding`).
    pub host_ifindex: u32,
    /// Raised whenever a route or a neighbour changes: flows look up their next hop again.
    pub generation: u32,
    /// MAC of `cw-host`.
    pub host_mac: Mac,
    /// [`PUBLISHES`], [`ROUTES`], [`INGRESS`], [`REDIRECTS`], [`FRAMES`].
    pub flags: u16,
    /// The first port of the range that masqueraded flows get; host order.
    pub first_port: u16,
    /// Ports in that range.
    pub ports: u16,
    /// First address of the pool that services have their VIPs from; all zero: there is none.
    pub vip_pool: Ipv4,
    /// The bits of an address that say whether it belongs to the pool.
    pub vip_mask: Ipv4,
    /// The underlay's MTU, bytes: the largest IP packet that goes from node to node; 0: not known.
    pub mtu: u16,
    /// Zero; fills the value to a multiple of 8 bytes.
    pub reserved: u16,
}
