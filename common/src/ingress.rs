//! The ingress mesh: ports that every node answers on for a service's backends, wherever they are.
//!
//! ```text
//!  client -> N1:p     at N1, by XDP or TCX: ring -> backend; the packet as it came, in MESH_VNI, to
//!                     its node
//!                     at B's node: flow (client -> N1:p) becomes client -> B:t, into the container
//!  B:t -> client      at B's node: becomes N1:p -> client, back to N1 in MESH_VNI (symmetric) or out (DSR)
//!                     at N1: the outer headers off, out to the client
//! ```
//!
//! The choice needs no state: the ring decides by the conversation's tuple, the same on every node. After
//! a change of backends two rings stand for a while: the one that was settled before it and the current one.
//! Where their slots differ, whose conversation a packet is of is asked of the settled one's node, which
//! knows ([`crate::FlowKeyV4`] there); what it answers is kept here ([`Tracked`]), as a cache: who is
//! forgotten is asked for again.

use crate::{Ipv4, Port};

/// A port of every node, as a packet's destination. Aligned, so that programs may hold it on their stack.
#[repr(C, align(4))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IngressKey {
    /// The published port, network order.
    pub port: Port,
    /// IANA protocol number: 6 TCP, 17 UDP.
    pub protocol: u8,
    /// Zero.
    pub reserved: u8,
}

impl IngressKey {
    /// Where the port stands in a table of all ports, TCP's before UDP's; `None` for other protocols.
    #[must_use]
    #[inline(always)]
    pub const fn index(&self) -> Option<u32> {
        let port = u16::from_be_bytes(self.port) as u32;
        match self.protocol {
            6 => Some(port),
            17 => Some(65_536 | port),
            _ => None,
        }
    }
}

/// [`Ingress::flags`]: replies go straight from the backend's node to the client.
pub const DSR: u16 = 1;
/// [`Ingress::flags`]: a client stays with its backend; the ring is asked by its address alone.
pub const AFFINITY: u16 = 2;
/// [`Ingress::flags`]: some of its conversations are tracked, though its ring is settled.
pub const TRACKED: u16 = 4;

/// A service, as one of its published ports.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Ingress {
    /// The service's VIP: by that nodes' own processes and their containers are led.
    pub vip: Ipv4,
    /// The service's number on this node ([`crate::Service::number`]).
    pub number: u32,
    /// First slot of the ring of backends that take new conversations of this node; where the service is
    /// local-first and some are here, of those.
    pub ring: u32,
    /// Slots of that ring, a power of two; 0: no backend is live.
    pub slots: u32,
    /// First slot of the ring that was settled before the last changes.
    pub before: u32,
    /// Slots of that ring; 0: the ring is settled.
    pub before_slots: u32,
    /// List of sources that may reach it ([`crate::SourceKeyV4::list`]); 0: everyone.
    pub sources: u32,
    /// List of the nodes' addresses that it is published at, like [`Ingress::sources`]; 0: all of them.
    pub addresses: u32,
    /// The backends' port, network order.
    pub port: Port,
    /// [`DSR`], [`AFFINITY`], [`TRACKED`].
    pub flags: u16,
}

/// The backend that a tracked conversation stays with. Its key is the client's packet's tuple, seen outside.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tracked {
    /// Index in the `BACKENDS` map; it counts as long as that backend is the same service's.
    pub backend: u32,
    /// When it was last seen, in [`crate::state::TICK_SHIFT`] ticks of the coarse monotonic clock.
    pub last: u32,
}
