//! The world beyond a network, on top of [`world`](super::world): a host with routes and published
//! ports, an outside, and the namespace in which the kernel answers for the routes.
//!
//! ```text
//!  SENDER, NEIGHBOUR, ROUTED (network 1, masqueraded), STRANGER (network 2)
//!     | gateway 10.9.0.1, cw-host (50)
//!  the host: NODE 198.51.100.1 on up0 (80), OTHER 192.168.77.1
//!     | default via ROUTER 198.51.100.254, whose MAC is known
//!     |--- CLIENT    203.0.113.9
//!     |--- NARROW    100.64.1.9, behind a route with MTU 1280
//!     |--- UNKNOWN   100.64.2.9, behind a next hop without MAC
//!     '--- CLOSED    100.64.3.9, unreachable
//! ```

use anyhow::Result;
use causeway::plan::{SourcePrefix, Step};
use causeway_common::{
    Attachment, Endpoint, EndpointKey, Ipv4, Mac, Published, PublishedKeyV4, Settings, attachment,
    host_address, node, settings, vni::HOST_VNI,
};
use causeway_lab::{Netns, ip};

use super::world::{self, GATEWAY, NEIGHBOUR, ROUTED, SENDER, STRANGER, STRANGER_VNI, VNI, mac};

/// The node's address on the uplink.
pub const NODE: Ipv4 = world::VTEP;
/// Another address of the host.
pub const OTHER: Ipv4 = [192, 168, 77, 1];
/// Outside.
pub const CLIENT: Ipv4 = [203, 0, 113, 9];
/// Outside, and not in the list of sources.
pub const UNWELCOME: Ipv4 = [203, 0, 114, 9];
/// Outside, where only 1280 bytes fit.
pub const NARROW: Ipv4 = [100, 64, 1, 9];
/// Outside, behind a next hop without MAC.
pub const UNKNOWN: Ipv4 = [100, 64, 2, 9];
/// Outside, and no way there.
pub const CLOSED: Ipv4 = [100, 64, 3, 9];
/// MAC of the next hop outside.
pub const ROUTER_MAC: Mac = [0x02, 0, 0, 0, 0, 0xfe];
/// MAC of `cw-host`.
pub const HOST_MAC: Mac = [0x02, 0, 0, 0, 0, 0x50];
/// Index of `cw-host`.
pub const HOST_IFINDEX: u32 = 50;
/// Index of the uplink.
pub const UPLINK_IFINDEX: u32 = 80;
/// The one port that masqueraded flows get.
pub const PORT: u16 = 40_000;

/// Published on every address, TCP: NEIGHBOUR's port 80.
pub const WEB: u16 = 8080;
/// Published on NODE, UDP: NEIGHBOUR's port 53.
pub const NAMES: u16 = 8053;
/// Published on 127.0.0.1, TCP: NEIGHBOUR's port 80.
pub const PRIVATE: u16 = 9000;
/// Published on every address for 203.0.113.0/24, TCP: STRANGER's port 443.
pub const LISTED: u16 = 8443;
/// Published on every address, TCP: the sender's own port 7.
pub const OWN: u16 = 7000;
/// Published on every address, TCP: nobody's port 80.
pub const LOST: u16 = 7001;

/// TCP.
pub const TCP: u8 = 6;
/// UDP.
pub const UDP: u8 = 17;

/// A namespace with the host's interfaces and routes.
///
/// # Errors
/// Without root; where the kernel refuses.
pub fn ground(name: &str) -> Result<Netns> {
    let netns = Netns::create(name)?;
    for line in LINES {
        ip::words(&netns, "ip", line)?;
    }
    ip::words(&netns, "sysctl", "-q -w net.ipv4.conf.cw-host.forwarding=1")?;
    Ok(netns)
}

const LINES: &[&str] = &[
    "link add cw-host index 50 address 02:00:00:00:00:50 type veth peer name cw-road index 51",
    "link set cw-host up arp off",
    "link set cw-road up",
    "link add up0 index 80 address 02:00:00:00:00:01 type veth peer name up1 index 81",
    "link set up0 up",
    "link set up1 up",
    "addr add 10.9.0.1/32 dev cw-host",
    "route add 10.9.0.0/24 dev cw-host",
    "route add 10.10.0.0/24 dev cw-host",
    "addr add 198.51.100.1/24 dev up0",
    "neigh add 198.51.100.254 lladdr 02:00:00:00:00:fe dev up0 nud permanent",
    "route add default via 198.51.100.254",
    "route add 100.64.1.0/24 via 198.51.100.254 mtu lock 1280",
    "route add 100.64.2.0/24 via 198.51.100.253",
    "route add unreachable 100.64.3.0/24",
];

/// What this world adds to the other, as steps.
pub fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step::PutSettings(settings()),
        Step::PutHostAddress(NODE, 0),
        Step::PutHostAddress(OTHER, 0),
        Step::PutHostAddress(GATEWAY, host_address::GATEWAY),
        Step::PutHostAddress([127, 0, 0, 1], host_address::LOOPBACK),
        Step::PutSource(SourcePrefix { list: 1, addr: [203, 0, 113, 0], len: 24 }),
        Step::PutPublished(key([0; 4], WEB, TCP), published(NEIGHBOUR, 80)),
        Step::PutPublished(key(NODE, NAMES, UDP), published(NEIGHBOUR, 53)),
        Step::PutPublished(key([127, 0, 0, 1], PRIVATE, TCP), published(NEIGHBOUR, 80)),
        Step::PutPublished(key([0; 4], OWN, TCP), published(SENDER, 7)),
        Step::PutPublished(key([0; 4], LOST, TCP), published(world::NOBODY, 80)),
        Step::PutPublished(
            key([0; 4], LISTED, TCP),
            Published { vni: STRANGER_VNI, sources: 1, ..published(STRANGER, 443) },
        ),
        Step::PutAttachment(world::SENDER_IFINDEX, sender()),
        Step::PutAttachment(77, Attachment { addr: NEIGHBOUR, mac: mac(NEIGHBOUR), ..sender() }),
        Step::PutAttachment(
            79,
            Attachment { addr: STRANGER, mac: mac(STRANGER), vni: STRANGER_VNI, ..sender() },
        ),
    ];
    steps.extend([SENDER, NEIGHBOUR, ROUTED, STRANGER].map(seen_by_host));
    steps
}

/// An endpoint of this node under the host's VNI.
fn seen_by_host(addr: Ipv4) -> Step {
    let own = world::ENDPOINTS.iter().find(|(a, ..)| *a == addr).expect("it is in the world");
    let &(_, vni, _, ifindex) = own;
    let endpoint = Endpoint { mac: mac(addr), node: node::LOCAL, ifindex, vni, ..Endpoint::default() };
    Step::PutEndpoint(EndpointKey { vni: HOST_VNI, addr }, endpoint)
}

/// The sender, in a network that masquerades.
pub fn sender() -> Attachment {
    Attachment { flags: attachment::MASQUERADE, ..world::attachment() }
}

/// The settings: one port to masquerade with.
pub fn settings() -> Settings {
    Settings {
        host_ifindex: HOST_IFINDEX,
        host_mac: HOST_MAC,
        generation: 1,
        flags: settings::PUBLISHES,
        first_port: PORT,
        ports: 1,
        mtu: 1500,
        ..Settings::default()
    }
}

/// A published port.
pub fn key(addr: Ipv4, port: u16, protocol: u8) -> PublishedKeyV4 {
    PublishedKeyV4 { addr, port: port.to_be_bytes(), protocol, reserved: 0 }
}

/// A container of the sender's network that answers for it.
pub fn published(addr: Ipv4, port: u16) -> Published {
    Published { addr, vni: VNI, sources: 0, port: port.to_be_bytes(), flags: 0 }
}
