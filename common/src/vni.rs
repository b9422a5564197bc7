//! VXLAN network identifiers.

/// The VNI that carries packets of the mesh, which no network has: to a service's backend elsewhere, from a
/// node's own processes or from the clients of a port that every node answers on, and the answers. They
/// travel as their sender made them, still for the VIP or for the node that the client has asked; the inner
/// Ethernet header names the backend by its MAC (destination) and by its address (the lower four bytes of
/// the source, whose second byte is a mark: 42 none, 43 the backend is asked whether the conversation is
/// its own, 44 it is not).
pub const MESH_VNI: u32 = 4096;
/// The first VNI of a network.
pub const FIRST_VNI: u32 = 4097;
/// The last VNI there is: they have 24 bits (RFC 7348).
pub const LAST_VNI: u32 = (1 << 24) - 1;
/// The VNI of the host's view in the endpoint table: every endpoint of this node, by address alone.
pub const HOST_VNI: u32 = 0;
/// The first VNI that stays on its node: subnets of bridge networks have one each, which never goes
/// on a wire. Overlay networks' end below it.
pub const LOCAL_VNI_FIRST: u32 = 0x00ff_0000;

/// What a node knows of a VNI that it takes part in.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct VniInfo {
    /// The first VNI of the network that this one belongs to.
    pub network: u32,
    /// Reserved for flags; zero.
    pub flags: u32,
}
