//! What became of the packets that were not dropped: one counter a road.

/// Index into the `COUNTERS` map; each counts packets as the hook saw them (a GSO packet is one).
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// From a container to another on this node.
    ToLocal = 0,
    /// From a container into VXLAN, towards another node.
    ToNode = 1,
    /// Out of VXLAN, into a container of this node.
    FromNode = 2,
    /// ARP requests answered.
    ArpReply = 3,
    /// From a container to the host.
    ToHost = 4,
    /// From the host to a container.
    FromHost = 5,
    /// From a container to the outside.
    ToOutside = 6,
    /// From the outside to a container: answers, and conversations with published ports.
    FromOutside = 7,
    /// From a container by a published port of this node to a container, and the answers.
    Hairpin = 8,
    /// Senders told that a packet is too big (RFC 1191); the packet itself counts as dropped.
    TooBigTold = 9,
    /// From a container to a service, translated packet by packet, to a backend on whichever node.
    ToService = 10,
    /// Answers of services to containers of this node, translated back.
    ToClient = 11,
    /// Echo requests for services' addresses answered.
    EchoReply = 12,
    /// Senders told that a packet's time to live ran out (RFC 792), as `traceroute` wants to hear; the
    /// packet itself counts as dropped.
    ExpiredTold = 13,
    /// By the mesh to a backend on another node: of the host's own processes and of this node's clients; and
    /// the answers to those of other nodes.
    ToMesh = 14,
    /// Out of the mesh: to a backend here, and the answers to this node's own processes and clients.
    FromMesh = 15,
    /// Senders told that nobody answers at a port of the mesh (RFC 9293 §3.5.2, RFC 792); the packet itself
    /// counts as dropped.
    RefusedTold = 16,
}

/// One more, and the map of counters has to grow.
const _: () = assert!(Counter::ALL.len() <= crate::limits::COUNTED as usize, "too many roads");

impl Counter {
    /// Every counter, in the order of their numbers.
    pub const ALL: &'static [Counter] = &[
        Self::ToLocal,
        Self::ToNode,
        Self::FromNode,
        Self::ArpReply,
        Self::ToHost,
        Self::FromHost,
        Self::ToOutside,
        Self::FromOutside,
        Self::Hairpin,
        Self::TooBigTold,
        Self::ToService,
        Self::ToClient,
        Self::EchoReply,
        Self::ExpiredTold,
        Self::ToMesh,
        Self::FromMesh,
        Self::RefusedTold,
    ];

    /// The name in metrics and in `causeway status`: snake_case, stable.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToLocal => "to_local",
            Self::ToNode => "to_node",
            Self::FromNode => "from_node",
            Self::ArpReply => "arp_reply",
            Self::ToHost => "to_host",
            Self::FromHost => "from_host",
            Self::ToOutside => "to_outside",
            Self::FromOutside => "from_outside",
            Self::Hairpin => "hairpin",
            Self::TooBigTold => "too_big_told",
            Self::ToService => "to_service",
            Self::ToClient => "to_client",
            Self::EchoReply => "echo_reply",
            Self::ExpiredTold => "ttl_expired_told",
            Self::ToMesh => "to_mesh",
            Self::FromMesh => "from_mesh",
            Self::RefusedTold => "refused_told",
        }
    }
}
