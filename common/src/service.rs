//! Services: a virtual address (VIP), and the backends behind it.

use crate::Ipv4;

/// [`Service::flags`]: any live backend, by chance, instead of the one that the ring gives.
pub const RANDOM: u16 = 1;
/// [`Service::flags`]: a backend of this node where there is one.
pub const LOCAL_FIRST: u16 = 2;
/// [`Service::flags`]: a client stays with its backend ([`Service::affinity_seconds`]).
pub const AFFINITY: u16 = 4;

/// A service, keyed by its VIP, which no other service of the cluster has.
///
/// A ring is a run of slots of the `RINGS` map, each the index of a live backend; who wants a backend
/// takes the slot `hash & (slots - 1)`. A ring that changes is written elsewhere, then this value is
/// replaced whole: a reader meets the old ring or the new one, never half of each.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Service {
    /// First VNI of its network: whose members know the VIP ([`MemberKey::network`]).
    pub network: u32,
    /// Its number on this node, as long as it is there ([`AffinityKeyV4::service`]).
    pub number: u32,
    /// First slot of the ring of all live backends; a multiple of [`RingBlock::SLOTS`].
    pub ring: u32,
    /// Slots of that ring, a power of two; 0: no backend is live.
    pub slots: u32,
    /// First slot of the ring of this node's own live backends.
    pub local_ring: u32,
    /// Slots of that ring, a power of two; 0: none is live here.
    pub local_slots: u32,
    /// Seconds that a client stays with its backend after it was last seen.
    pub affinity_seconds: u32,
    /// [`RANDOM`], [`LOCAL_FIRST`], [`AFFINITY`].
    pub flags: u16,
    /// Zero.
    pub reserved: u16,
}

/// A cache line of a ring: an array's values are rounded up to 8 bytes, so slots come in blocks.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingBlock {
    /// Indices of backends in the `BACKENDS` map.
    pub slots: [u16; RingBlock::SLOTS as usize],
}

impl RingBlock {
    /// Slots in a block.
    pub const SLOTS: u32 = 32;
}

/// [`Backend::flags`]: it takes new conversations.
pub const ACTIVE: u16 = 1;
/// [`Backend::flags`]: it keeps the conversations that it has and takes no new ones.
pub const DRAINING: u16 = 2;

/// Where a backend is reached. All zero: nobody; conversations with it are over.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Backend {
    /// Its address in the service's network.
    pub addr: Ipv4,
    /// VNI of that address's subnet.
    pub vni: u32,
    /// Index of its node in the node table; [`crate::node::LOCAL`] for this node's own.
    pub node: u32,
    /// The container interface's MAC.
    pub mac: crate::Mac,
    /// [`ACTIVE`] or [`DRAINING`].
    pub flags: u16,
    /// Number of its service ([`Service::number`]).
    pub service: u32,
}

/// A client of a service that keeps its clients.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AffinityKeyV4 {
    /// [`Service::number`].
    pub service: u32,
    /// The client's address in the service's network; zero: the host.
    pub client: Ipv4,
}

/// The backend that a client stays with.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Affinity {
    /// Index in the `BACKENDS` map; it counts as long as that backend is the same service's and live.
    pub backend: u32,
    /// When it was last seen, seconds of the coarse monotonic clock.
    pub last: u32,
}

/// A UDP socket's conversation that `connect` led from a VIP to a backend, as its packets show it: what
/// is needed to lead it elsewhere when that backend is gone. Each stands there twice, once without port:
/// by that one a client is told where a backend is that it asks for and that is gone.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedKeyV4 {
    /// First VNI of the network.
    pub network: u32,
    /// The client's address.
    pub client: Ipv4,
    /// The backend's address.
    pub backend: Ipv4,
    /// The port, network order; zero: any.
    pub port: crate::Port,
    /// Zero.
    pub reserved: u16,
}
