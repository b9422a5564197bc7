//! VXLAN network identifiers.

/// The VNI that carries packets of the ingress mesh; no network has it.
pub const MESH_VNI: u32 = 4096;
/// The first VNI of a network.
pub const FIRST_VNI: u32 = 4097;
/// The last VNI there is: they have 24 bits (RFC 7348).
pub const LAST_VNI: u32 = (1 << 24) - 1;

/// What a node knows of a VNI that it takes part in.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct VniInfo {
    /// The first VNI of the network that this one belongs to.
    pub network: u32,
    /// Reserved for flags; zero.
    pub flags: u32,
}
