//! Names of programs, maps and pins. The kernel keeps 15 characters of a name: they fit.

/// Version of the map layout: a directory under the bpf directory, raised when a value's layout changes.
pub const LAYOUT: &str = "v1";

/// Hook on the host-side veth's ingress: packets that a container sends.
pub const FROM_CONTAINER: &str = "from_container";
/// Hook on the uplink's ingress: packets from other nodes.
pub const FROM_UPLINK: &str = "from_uplink";

/// (VNI, address) -> [`crate::Endpoint`].
pub const ENDPOINTS_V4: &str = "ENDPOINTS_V4";
/// Host-side interface index -> [`crate::Attachment`].
pub const ATTACHMENTS: &str = "ATTACHMENTS";
/// Node index -> [`crate::Node`].
pub const NODES: &str = "NODES";
/// VTEP address -> node index.
pub const VTEPS_V4: &str = "VTEPS_V4";
/// VNI -> [`crate::VniInfo`].
pub const VNIS: &str = "VNIS";
/// [`crate::DropReason`] -> packets, per CPU.
pub const DROPS: &str = "DROPS";
/// [`crate::Counter`] -> packets, per CPU.
pub const COUNTERS: &str = "COUNTERS";

/// Every map; each is pinned by its name.
pub const MAPS: &[&str] = &[ENDPOINTS_V4, ATTACHMENTS, NODES, VTEPS_V4, VNIS, DROPS, COUNTERS];

/// Global: this node's VTEP, four bytes in network order.
pub const VTEP: &str = "VTEP";
/// Global: the cluster's VXLAN port, host order.
pub const VXLAN_PORT: &str = "VXLAN_PORT";

/// The default VXLAN port (RFC 7348 §8.1, IANA).
pub const DEFAULT_VXLAN_PORT: u16 = 4789;
