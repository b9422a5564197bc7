//! Names of programs, maps and pins. The kernel keeps 15 characters of a name: they fit.

/// Version of the map layout: a directory under the bpf directory, raised when a value's layout changes.
pub const LAYOUT: &str = "v5";

/// Hook on the host-side veth's ingress: packets that a container sends.
pub const FROM_CONTAINER: &str = "from_container";
/// Hook on the uplink's ingress: packets from other nodes.
pub const FROM_UPLINK: &str = "from_uplink";
/// Hook on the uplink before the kernel looks at a packet (XDP), run by the kernel: what only passes through
/// the node.
pub const FROM_WIRE: &str = "from_wire";
/// The same, run by the driver, before there is an skb.
pub const FROM_DRIVER: &str = "from_driver";
/// Hook on the ingress of every other interface that the outside is reached by, and the road of
/// [`FROM_UPLINK`]'s packets that are no other node's.
pub const FROM_OUTSIDE: &str = "from_outside";
/// Road of a container's packets for nobody in its network.
pub const BEYOND: &str = "beyond";
/// Road of a container's packets for a service, by its VIP or by a backend that is gone.
pub const TO_SERVICE: &str = "to_service";
/// Road of packets that may be answers of services, to a container that has asked some.
pub const TO_CLIENT: &str = "to_client";
/// Road of the host's packets for a service.
pub const HOST_TO_SERVICE: &str = "host_to_service";
/// Road of the uplink's packets that came by the mesh.
pub const FROM_MESH: &str = "from_mesh";
/// Road of a container's answers to a node's own processes.
pub const TO_MESH: &str = "to_mesh";
/// Road of packets from outside for a port of the mesh.
pub const TO_BACKEND: &str = "to_backend";
/// Road of packets of the mesh's ports that came by the mesh.
pub const OUT_OF_MESH: &str = "out_of_mesh";
/// Hook on the ingress of `cw-host`'s peer: packets that the host sends to containers.
pub const FROM_HOST: &str = "from_host";
/// Hook on the egress of a container's `lo`, where sockets' calls are not seen: the way to the resolver and
/// back.
pub const THROUGH_LO: &str = "through_lo";
/// Hooks on the root cgroup: `connect`, by IPv4 and by IPv4-mapped IPv6.
pub const CONNECT: [&str; 2] = ["connect4", "connect6"];
/// `sendmsg` of an unconnected UDP socket.
pub const SENDMSG: [&str; 2] = ["sendmsg4", "sendmsg6"];
/// `recvmsg` of a UDP socket.
pub const RECVMSG: [&str; 2] = ["recvmsg4", "recvmsg6"];
/// `getpeername`.
pub const GETPEERNAME: [&str; 2] = ["getpeername4", "getpeername6"];
/// `bind`.
pub const BIND: [&str; 2] = ["bind4", "bind6"];

/// (VNI, address) -> [`crate::Endpoint`].
pub const ENDPOINTS_V4: &str = "ENDPOINTS_V4";
/// Host-side interface index -> [`crate::Attachment`].
pub const ATTACHMENTS: &str = "ATTACHMENTS";
/// [`crate::front::endpoint`] -> [`crate::FrontEndpoint`].
///
/// A program must not take one endpoint's key and another's value. So a place is emptied before anything changes under
/// its key and filled again when all has changed; where that is with other words than before, only a second after it was
/// emptied: no program runs that long. The same holds for [`FRONT_ATTACHED`].
pub const FRONT_ENDPOINTS: &str = "FRONT_ENDPOINTS";
/// [`crate::front::attachment`] -> [`crate::Attachment`], with its interface.
pub const FRONT_ATTACHED: &str = "FRONT_ATTACHED";
/// [`crate::front::vtep`] -> VTEP address; zero: none.
pub const FRONT_VTEPS: &str = "FRONT_VTEPS";
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
/// The one slot of [`crate::Settings`].
pub const SETTINGS: &str = "SETTINGS";
/// The host's addresses -> flags ([`crate::host_address`]).
pub const HOST_ADDRS_V4: &str = "HOST_ADDRS_V4";
/// [`crate::PublishedKeyV4`] -> [`crate::Published`].
pub const PUBLISHED_V4: &str = "PUBLISHED_V4";
/// Prefixes of [`crate::SourceKeyV4`], as a set.
pub const SOURCES_V4: &str = "SOURCES_V4";
/// [`crate::FlowKeyV4`] -> [`crate::Flow`]: answered flows.
pub const FLOWS_V4: &str = "FLOWS_V4";
/// [`crate::FlowKeyV4`] -> [`crate::Flow`]: flows that nobody has answered yet.
pub const FLOWS_NEW_V4: &str = "FLOWS_NEW_V4";
/// [`crate::SocketKeyV4`] -> [`crate::SocketAddressV4`]: where a socket believes to be connected to.
pub const SOCKETS_V4: &str = "SOCKETS_V4";
/// [`crate::Road`] -> its program.
pub const ROADS: &str = "ROADS";

/// Cookie of a network namespace -> [`crate::Namespace`].
pub const NAMESPACES: &str = "NAMESPACES";
/// [`crate::MemberKey`] -> the container's address in the network.
pub const MEMBERS: &str = "MEMBERS";
/// VIP -> [`crate::Service`].
pub const SERVICES_V4: &str = "SERVICES_V4";
/// Index -> [`crate::Backend`].
pub const BACKENDS: &str = "BACKENDS";
/// Number of a block -> [`crate::RingBlock`].
pub const RINGS: &str = "RINGS";
/// [`crate::AffinityKeyV4`] -> [`crate::Affinity`].
pub const AFFINITIES_V4: &str = "AFFINITIES_V4";
/// [`crate::LedKeyV4`] -> the VIP that the socket was connected to.
pub const LED_V4: &str = "LED_V4";

/// [`crate::IngressKey`] -> [`crate::Ingress`].
pub const INGRESS: &str = "INGRESS";
/// [`crate::IngressKey::index`] -> where in [`INGRESS_SLOTS`] the port's entry stands once more; 0: it does not.
pub const INGRESS_PORTS: &str = "INGRESS_PORTS";
/// Copies of what is in [`INGRESS`].
pub const INGRESS_SLOTS: &str = "INGRESS_SLOTS";
/// [`crate::FlowKeyV4`] -> [`crate::Tracked`].
pub const TRACKED_V4: &str = "TRACKED_V4";

/// The programs that see socket calls.
pub const SOCKET_HOOKS: [&str; 10] = [
    CONNECT[0],
    CONNECT[1],
    SENDMSG[0],
    SENDMSG[1],
    RECVMSG[0],
    RECVMSG[1],
    GETPEERNAME[0],
    GETPEERNAME[1],
    BIND[0],
    BIND[1],
];

/// Every map; each is pinned by its name.
pub const MAPS: &[&str] = &[
    ENDPOINTS_V4,
    ATTACHMENTS,
    NODES,
    VTEPS_V4,
    VNIS,
    DROPS,
    COUNTERS,
    SETTINGS,
    HOST_ADDRS_V4,
    PUBLISHED_V4,
    SOURCES_V4,
    FLOWS_V4,
    FLOWS_NEW_V4,
    SOCKETS_V4,
    ROADS,
    NAMESPACES,
    MEMBERS,
    SERVICES_V4,
    BACKENDS,
    RINGS,
    AFFINITIES_V4,
    LED_V4,
    INGRESS,
    INGRESS_PORTS,
    INGRESS_SLOTS,
    TRACKED_V4,
    FRONT_ENDPOINTS,
    FRONT_ATTACHED,
    FRONT_VTEPS,
];

/// Global: this node's VTEP, four bytes in network order.
pub const VTEP: &str = "VTEP";
/// Global: the cluster's VXLAN port, host order.
pub const VXLAN_PORT: &str = "VXLAN_PORT";

/// The default VXLAN port (RFC 7348 §8.1, IANA).
pub const DEFAULT_VXLAN_PORT: u16 = 4789;
