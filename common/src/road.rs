//! Roads: programs that another program hands its packet to by a tail call.
//!
//! What most packets need stays short, and what only some need is verified, and budgeted, by itself.

use crate::names;

/// Slots of the map of roads: more than there are roads, so that a map of an earlier version has room.
pub const SLOTS: u32 = 16;

/// A program that packets are handed to; the number is its slot in the `ROADS` map, and stays.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Road {
    /// From a container, checked, for nobody in its network: the host, a published port, the outside.
    Beyond = 0,
    /// From outside, and not VXLAN for this node: answers to containers, published ports, the host.
    FromOutside = 1,
    /// From a container, checked, to a service's VIP or to a backend that is gone.
    ToService = 2,
    /// To a container of this node, some of whose packets are services' answers.
    ToClient = 3,
    /// From the host to a service's VIP.
    HostToService = 4,
    /// From the uplink, checked, under a VNI that is no network's here: the mesh's, or nobody's.
    FromMesh = 5,
    /// From a container, checked, into the mesh: answers of backends, and questions to those elsewhere.
    ToMesh = 6,
    /// From outside, for a port of the mesh.
    ToBackend = 7,
    /// From another node, out of the mesh's headers already: for a port of the mesh, or from one.
    OutOfMesh = 8,
}

impl Road {
    /// Every road.
    pub const ALL: &'static [Self] = &[
        Self::Beyond,
        Self::FromOutside,
        Self::ToService,
        Self::ToClient,
        Self::HostToService,
        Self::FromMesh,
        Self::ToMesh,
        Self::ToBackend,
        Self::OutOfMesh,
    ];

    /// The name of its program.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Beyond => names::BEYOND,
            Self::FromOutside => names::FROM_OUTSIDE,
            Self::ToService => names::TO_SERVICE,
            Self::ToClient => names::TO_CLIENT,
            Self::HostToService => names::HOST_TO_SERVICE,
            Self::FromMesh => names::FROM_MESH,
            Self::ToMesh => names::TO_MESH,
            Self::ToBackend => names::TO_BACKEND,
            Self::OutOfMesh => names::OUT_OF_MESH,
        }
    }
}
