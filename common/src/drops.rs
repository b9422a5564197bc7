//! Why a packet was dropped: one list, one sentence each, one counter each.

macro_rules! drop_reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal, $name:literal;)+) => {
        /// Why a packet was dropped. The number is the index of its counter in the `DROPS` map.
        #[repr(u32)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DropReason { $($(#[doc = $doc])+ $variant = $number,)+ }

        impl DropReason {
            /// Every reason, in the order of their numbers.
            pub const ALL: &'static [DropReason] = &[$(DropReason::$variant,)+];

            /// The name in metrics and in `causeway status`: snake_case, stable.
            pub const fn name(self) -> &'static str {
                match self { $(DropReason::$variant => $name,)+ }
            }

            /// What happened, as a sentence for people; the text of its documentation.
            pub const fn sentence(self) -> &'static str {
                match self { $(DropReason::$variant => concat!($($doc),+).trim_ascii_start(),)+ }
            }
        }
    };
}

/// One more, and the map of counters has to grow.
const _: () = assert!(DropReason::ALL.len() <= crate::limits::COUNTED as usize, "too many reasons");

drop_reasons! {
    /// The frame is shorter than its headers say, or a length in them is wrong.
    Malformed = 0, "malformed";
    /// The packet is neither IPv4 nor ARP.
    NotIpv4 = 1, "not_ipv4";
    /// The container sent a VLAN tag; networks here have none.
    VlanTagged = 2, "vlan_tagged";
    /// The interface it came from is not attached to a network.
    NoAttachment = 3, "no_attachment";
    /// The source MAC is not the container's.
    SpoofedMac = 4, "spoofed_mac";
    /// The source address is not the container's.
    SpoofedIp = 5, "spoofed_ip";
    /// The sender named in the ARP packet is not the container.
    SpoofedArp = 6, "spoofed_arp";
    /// An ARP packet that is not a request for an IPv4 address over Ethernet.
    ArpNotRequest = 7, "arp_not_request";
    /// An ARP request for an address that nobody in the network has.
    ArpUnknown = 8, "arp_unknown";
    /// A broadcast; networks here do not flood.
    Broadcast = 9, "broadcast";
    /// A multicast; networks here do not flood.
    Multicast = 10, "multicast";
    /// Nobody in the network has the destination address.
    NoEndpoint = 11, "no_endpoint";
    /// The destination MAC is neither the destination endpoint's nor the gateway's.
    WrongMac = 12, "wrong_mac";
    /// The packet's time to live ran out where it would have been routed on.
    TtlExpired = 13, "ttl_expired";
    /// The endpoint's node is not in the node table.
    NoNode = 14, "no_node";
    /// The packet is larger than the network's MTU.
    TooBig = 15, "too_big";
    /// The kernel refused to put the VXLAN header on (the packet is a tunnel's already) or to take it off.
    RoomRefused = 16, "room_refused";
    /// A VXLAN packet from an address that is no node's.
    UnknownVtep = 17, "unknown_vtep";
    /// A VXLAN packet for a network that this node takes no part in.
    UnknownVni = 18, "unknown_vni";
    /// A VXLAN packet without a valid VNI, or too short to hold a frame.
    VxlanMalformed = 19, "vxlan_malformed";
    /// A VXLAN packet for an endpoint that lives on another node.
    NotOurs = 20, "not_ours";
    /// A VXLAN packet under another subnet's VNI than its destination's.
    ForeignVni = 21, "foreign_vni";
    /// Congestion was marked on the way of a packet whose ends cannot hear of it (RFC 6040).
    EcnNotCapable = 22, "ecn_not_capable";
    /// An ARP probe or announcement of the container's own address, which nobody has to hear.
    ArpOwn = 23, "arp_own";
    /// The network's containers do not talk to each other (inter-container communication is off).
    IccDisabled = 24, "icc_disabled";
    /// The network is internal: it has no way to the outside.
    InternalNetwork = 25, "internal_network";
    /// The destination belongs to a network of this node that the sender is not in; networks are isolated.
    Isolated = 26, "isolated";
    /// The host has no route to the destination.
    NoRoute = 27, "no_route";
    /// A fragment of a packet that would have to be translated; translation needs whole packets.
    Fragment = 28, "fragment";
    /// Neither TCP, UDP nor ICMP echo, or IP options: there is nothing to translate it by.
    Untranslatable = 29, "untranslatable";
    /// It belongs to no conversation and begins none.
    NoFlow = 30, "no_flow";
    /// No port is left for another conversation with this destination.
    PortsExhausted = 31, "ports_exhausted";
    /// The table of answered flows is full.
    FlowTableFull = 32, "flow_table_full";
    /// The published port is not open to this source.
    SourceRefused = 33, "source_refused";
    /// The program that should carry the packet on is not loaded.
    NoProgram = 34, "no_program";
    /// The service has no live backend, or the conversation's is gone.
    NoBackend = 35, "no_backend";
    /// A container sent VXLAN to a node; that only nodes do, whose word is taken for it.
    VxlanByContainer = 36, "vxlan_by_container";
}
