//! Flows: conversations whose packets are translated, and what was decided for them.
//!
//! A flow stands in the tables twice, once for each direction, each under the tuple that a packet of
//! that direction carries *before* it is translated:
//!
//! ```text
//!  masquerade   original  (vni, C:c -> R:r)     becomes  N:n -> R:r, out
//!               reply     (0,   R:r -> N:n)     becomes  R:r -> C:c, to the container
//!  published    original  (0,   X:x -> N:p)     becomes  X:x -> C:c, to the container
//!               reply     (vni, C:c -> X:x)     becomes  N:p -> X:x, out
//!  service      original  (vni, C:c -> V:p)     becomes  C:c -> B:p, to the backend, on whichever node
//!               reply     (vni, B:p -> C:c)     becomes  V:p -> C:c, to the container
//!  mesh         original  (4096, N:n -> V:p)    as it is, to the backend's node      where N's process is
//!               reply     (4096, V:p -> N:n)    as it is, to the host
//!               original  (4096, N:n -> V:p)    becomes  N:n -> B:p, to the container     where B is
//!               reply     (vni, B:p -> N:n)     becomes  V:p -> N:n, to the node that has N
//!  ingress      original  (4096, X:x -> N:p)     becomes  X:x -> C:c, to the container     where C is
//!               reply     (vni, C:c -> X:x)     becomes  N:p -> X:x, to the node that has N, or out
//!  ingress,     original  (vni, A:a -> N:p)     becomes  N:n -> V:c, to the backend's node, for a
//!   elsewhere   reply     (4096, V:c -> N:n)    becomes  N:p -> A:a, to the container      container A
//!  hairpin      original  (vni, A:a -> N:p)     becomes  G:g -> C:c, to the container
//!               reply     (vni, C:c -> G:g)     becomes  N:p -> A:a, to the container
//! ```

use crate::{Ipv4, Mac, state::State};

/// A port, or an ICMP echo's identifier, as it stands on the wire.
pub type Port = [u8; 2];

/// The VNI of a tuple seen outside of all networks.
pub const OUTSIDE: [u8; 3] = [0; 3];

/// [`Flow::flags`]: the packet goes into a container (`bpf_redirect_peer`), not out of the node.
pub const TO_CONTAINER: u8 = 1;
/// [`Flow::flags`]: this is the direction that answers.
pub const REPLY: u8 = 2;
/// [`Flow::flags`]: the packet goes out as it is but for MACs and hop count (the network does not
/// masquerade).
pub const UNTRANSLATED: u8 = 4;

/// [`Flow::flags`]: a container's conversation with a service, and this is the direction to the backend.
/// Where that is, its entry in the `BACKENDS` map says; its index there is [`Flow::generation`].
pub const TO_BACKEND: u8 = 8;
/// [`Flow::flags`]: the other direction of such a conversation.
pub const FROM_BACKEND: u8 = 16;
/// [`Flow::flags`]: the packet goes by the mesh: to the node whose VTEP, as it stands in memory, is
/// [`Flow::generation`], or, with [`TO_BACKEND`], to a backend elsewhere.
pub const BY_MESH: u8 = 32;

/// The tuple of a packet, and the network that it was seen in. Aligned, so that programs may hold it
/// on their stack and still read it in words.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKeyV4 {
    /// Source address.
    pub src: Ipv4,
    /// Destination address.
    pub dst: Ipv4,
    /// Source port; an ICMP echo's identifier.
    pub src_port: Port,
    /// Destination port; an ICMP echo's identifier again.
    pub dst_port: Port,
    /// VNI of the sender's subnet, network order; [`OUTSIDE`] for what comes in on the uplink.
    pub vni: [u8; 3],
    /// IANA protocol number: 6 TCP, 17 UDP, 1 ICMP.
    pub protocol: u8,
}

impl FlowKeyV4 {
    /// The tuple of the answer to a packet, seen in the network `vni`.
    #[must_use]
    #[inline(always)]
    pub const fn reversed(&self, vni: [u8; 3]) -> Self {
        Self {
            src: self.dst,
            dst: self.src,
            src_port: self.dst_port,
            dst_port: self.src_port,
            protocol: self.protocol,
            vni,
        }
    }
}

/// What was decided for one direction of a flow: 48 bytes, under a cache line. Each field, the MACs
/// too, begins where a program may write it on its stack in words.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Flow {
    /// The source address that a packet gets.
    pub src: Ipv4,
    /// The destination address that it gets.
    pub dst: Ipv4,
    /// The source port that it gets (ICMP echo: the identifier).
    pub src_port: Port,
    /// The destination port that it gets (ICMP echo: the identifier again).
    pub dst_port: Port,
    /// One's complement sum, folded, network order, of what changes in the addresses: new words
    /// plus inverted old ones (RFC 1624). It goes into the IPv4 checksum and, by the pseudo-header,
    /// into TCP's and UDP's.
    pub address_delta: [u8; 2],
    /// The same of what changes in the ports.
    pub port_delta: [u8; 2],
    /// Interface that the packet leaves by: a container's host-side one, or one of the host's.
    pub ifindex: u32,
    /// MAC that the packet goes to; zero where the next hop's is not known yet.
    pub dst_mac: Mac,
    /// Largest IP packet that the next hop, or the container, takes, bytes; 0 where it is not known.
    pub mtu: u16,
    /// MAC that it comes from.
    pub src_mac: Mac,
    /// [`State`] as a number.
    pub state: u8,
    /// [`TO_CONTAINER`], [`REPLY`], [`UNTRANSLATED`], [`TO_BACKEND`], [`FROM_BACKEND`],
    /// [`BY_MESH`].
    pub flags: u8,
    /// [`crate::Settings::generation`] when the next hop was looked up; another one there now means
    /// that it must be looked up again. For [`TO_BACKEND`] the backend, else for [`BY_MESH`] a node's VTEP;
    /// for [`TO_CONTAINER`] of no meaning, but of a client of a port of the mesh the VTEP it came by.
    pub generation: u32,
    /// When a packet of either direction was last seen, in [`crate::state::TICK_SHIFT`] ticks of the
    /// coarse monotonic clock.
    pub last: u32,
    /// The network that the other direction is seen in, network order.
    pub other_vni: [u8; 3],
    /// Zero; fills the value to a multiple of 4 bytes.
    pub reserved: u8,
}

impl Flow {
    /// The tuple of the other direction's packets.
    #[must_use]
    #[inline(always)]
    pub const fn other(&self, protocol: u8) -> FlowKeyV4 {
        FlowKeyV4 {
            src: self.dst,
            dst: self.src,
            src_port: self.dst_port,
            dst_port: self.src_port,
            protocol,
            vni: self.other_vni,
        }
    }

    /// Whether the flow was silent for longer than its state allows; `now` in ticks. A clock that
    /// another CPU has read a moment later is not the future.
    #[must_use]
    #[inline(always)]
    pub const fn is_expired(&self, now: u32) -> bool {
        let silent = now.wrapping_sub(self.last).cast_signed();
        silent > State::timeout_of(self.state).cast_signed()
    }
}
