//! Sizes of tables, each with its reason. Those that a configuration may change are defaults.

/// Endpoints in the cluster that one node can reach (configurable). A value costs about 72 bytes
/// of preallocated memory, so the default takes under 5 MiB.
pub const ENDPOINTS: u32 = 65_536;
/// Containers attached on one node (configurable): 1,000 is a full host, four times that a strange one.
pub const ATTACHMENTS: u32 = 4_096;
/// Nodes in a cluster: index 0 is the node itself. An array of 64-byte values: 256 KiB.
pub const NODES: u32 = 4_096;
/// Places in front of the endpoints' hash table: a power of two, 512 KiB. Where a node reaches a thousand endpoints, three
/// in a hundred find another one in their place.
pub const FRONT_ENDPOINTS: u32 = 16_384;
/// Places in front of the attachments' hash table: a power of two, 128 KiB. Whatever else has an interface on the host,
/// two containers whose interfaces are 4,096 numbers apart are rare.
pub const FRONT_ATTACHED: u32 = 4_096;
/// Places in front of the VTEPs' hash table: a power of two, 32 KiB.
pub const FRONT_VTEPS: u32 = 4_096;
/// VNIs that one node takes part in: Docker's largest pool gives 65,536 subnets of 10.0.0.0/8.
pub const VNIS: u32 = 65_536;
/// Addresses of the host: an address a network, and those of its own interfaces.
pub const HOST_ADDRS: u32 = 4_096;
/// Published ports of one node; a range takes an entry a port, so this is every port of one protocol.
/// About 64 bytes each: 4 MiB.
pub const PUBLISHED: u32 = 65_536;
/// Prefixes in all lists of sources of one node.
pub const SOURCES: u32 = 16_384;
/// Directions of answered flows (configurable), two a flow: 65,536 flows, as many as the kernel's connection
/// tracking takes on a machine of 1 GiB. About 112 bytes of preallocated memory each: 14 MiB.
pub const FLOWS: u32 = 131_072;
/// Directions of flows without an answer (configurable), two a flow. A flood replaces its own kind here and
/// nothing else; 8,192 handshakes in flight are 80,000 connections a second at 100 ms.
pub const FLOWS_NEW: u32 = 16_384;
/// Sockets that talk to published ports or to VIPs; the longest unused one is forgotten, and with it only
/// what `getpeername` and `recvmsg` say.
pub const SOCKETS: u32 = 65_536;

/// Services that one node knows (configurable): 10,000 are a large cluster's. 48 bytes each.
pub const SERVICES: u32 = 16_384;
/// Backends of all services that one node knows (configurable, downwards); a ring's slots hold 16 bits. 24 bytes each: 1.5 MiB.
pub const BACKENDS: u32 = 65_536;
/// Slots of all rings of one node (configurable), in blocks of 32: 8,388,608 slots take 16 MiB. 10,000 services with the
/// smallest ring fill six tenths; a ring that changes is written beside the old one.
pub const RING_SLOTS: u32 = 8_388_608;
/// The smallest ring: for up to 5 equal backends.
pub const MIN_RING: u32 = 512;
/// The next ring's size is that of the one before times this: a service that grows changes its size twice
/// in its life (at 6 and at 82 equal backends), and with it where most conversations lead.
pub const RING_STEP: u32 = 16;
/// The largest ring: slots per backend decide how evenly load is spread.
pub const MAX_RING: u32 = 65_536;
/// Slots that a ring has for each backend, at least, up to [`MAX_RING`]: no backend's share is then off
/// by more than about a hundredth.
pub const SLOTS_PER_BACKEND: u32 = 100;
/// Clients that stay with their backends (configurable); the longest unseen one is forgotten.
pub const AFFINITIES: u32 = 65_536;
/// Namespaces whose sockets are looked after: one a container.
pub const NAMESPACES: u32 = ATTACHMENTS;
/// Memberships of namespaces in networks: eight a container.
pub const MEMBERS: u32 = 8 * ATTACHMENTS;
/// Connected UDP sockets that can be led to another backend.
pub const LED: u32 = 65_536;

/// Ports of the ingress mesh (configurable): every port of one protocol. About 64 bytes each: 4 MiB.
pub const INGRESS: u32 = 65_536;
/// Ports that there are, of TCP and of UDP: 8 bytes each, 1 MiB.
pub const INGRESS_PORTS: u32 = 2 * 65_536;
/// Copies of such ports' entries beyond one for each: one that changes is written elsewhere, and the one before is
/// left alone until as many others have changed. The first stands for none.
pub const INGRESS_SPARE: u32 = 1_024;
/// Conversations that stay where they are while rings change (configurable); the longest unseen one is asked for again.
pub const TRACKED: u32 = 131_072;

/// Reasons of drops that can be told apart, and as many kinds of packets carried: three times what there are, so
/// that a new one changes no map, and nothing is made anew for it.
pub const COUNTED: u32 = 128;
/// Entries of a map of counters: the programs' own, and behind them as many that only the daemon writes: what
/// programs of an earlier layout have counted. 2 KiB a CPU.
pub const COUNTERS: u32 = 2 * COUNTED;

/// The first port that masqueraded flows get by default. The range is kept from the host's own
/// sockets by `net.ipv4.ip_local_reserved_ports`.
pub const FIRST_MASQUERADE_PORT: u16 = 40_000;
/// Ports that masqueraded flows get by default, for each protocol, destination and its port: over
/// 20,000, and the host keeps the rest of its ephemeral range (32768 to 60999).
pub const MASQUERADE_PORTS: u16 = 21_000;
/// Ports that are tried for a new flow before it is refused. Where one port in a hundred is free,
/// all tries fail once in 30,000 times.
pub const PORT_TRIES: u32 = 1_024;

/// What to do where the map of this name is full.
pub const fn way_out(map: &str) -> &'static str {
    match map.as_bytes() {
        b"ENDPOINTS_V4" => "raise `endpoints` in the configuration's [limits]",
        b"ATTACHMENTS" => "raise `attachments` in the configuration's [limits]",
        b"HOST_ADDRS_V4" => "the host has more than 4096 addresses; remove some",
        b"PUBLISHED_V4" => "a node publishes at most 65536 ports; publish fewer",
        b"SOURCES_V4" => "published ports have more than 16384 source prefixes; merge some",
        b"SERVICES_V4" => "raise `services` in the configuration's [limits]",
        b"BACKENDS" => {
            "raise `backends` in the configuration's [limits] where it is below 65536; else remove some services, or scale them down"
        }
        b"RINGS" => "raise `ring_slots` in the configuration's [limits]",
        b"INGRESS" => "raise `ingress_ports` in the configuration's [limits]",
        b"NAMESPACES" => "a node looks after at most 4096 containers; run fewer",
        b"MEMBERS" => "the node's containers are in more than 32768 networks together; disconnect some",
        b"NODES" | b"VTEPS_V4" => "a cluster has at most 4095 other nodes; remove some",
        _ => "a node takes part in at most 65536 subnets; remove some networks",
    }
}
