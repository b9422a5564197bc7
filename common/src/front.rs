//! Front tables: direct-mapped, in front of a hash table. An entry of the hash table has one place there, by a number
//! that a program has at hand or makes of the key with a multiplication, and stands there once more where no other one
//! does. What is not found in front is looked up behind it. A hash table's lookup takes three cache lines and a hash
//! of a dozen steps; a place takes one line.
//!
//! Places are written by the daemon while programs read: [`crate::names::FRONT_ENDPOINTS`] says how.

use crate::{Attachment, Endpoint, EndpointKeyV4, Ipv4, limits};

/// Fibonacci hashing: 2^32 divided by the golden ratio, and odd.
const SPREADS: u32 = 0x9e37_79b9;
/// A second such number, so that a VNI and an address do not cancel each other.
const SPREADS_TOO: u32 = 0x85eb_ca6b;

/// [`FrontEndpoint::taken_vni`]: an endpoint stands here.
pub const TAKEN: u32 = 1 << 31;

/// One place of the front table of endpoints; all zero: nobody stands here.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FrontEndpoint {
    /// The VNI of the key, and [`TAKEN`].
    pub taken_vni: u32,
    /// The address of the key.
    pub addr: Ipv4,
    /// What the hash table has under the key.
    pub endpoint: Endpoint,
}

impl FrontEndpoint {
    /// An endpoint in its place.
    #[must_use]
    pub const fn new(key: EndpointKeyV4, endpoint: Endpoint) -> Self {
        Self { taken_vni: key.vni | TAKEN, addr: key.addr, endpoint }
    }

    /// Whether the endpoint of a key stands here.
    #[inline(always)]
    #[must_use]
    pub fn is_of(&self, key: EndpointKeyV4) -> bool {
        self.taken_vni == key.vni | TAKEN && self.addr == key.addr
    }

    /// Whose endpoint stands here.
    #[must_use]
    pub fn key(&self) -> Option<EndpointKeyV4> {
        let taken = self.taken_vni & TAKEN != 0;
        taken.then_some(EndpointKeyV4 { vni: self.taken_vni & !TAKEN, addr: self.addr })
    }
}

/// The place of an endpoint.
#[inline(always)]
#[must_use]
pub const fn endpoint(key: EndpointKeyV4) -> u32 {
    let word = u32::from_ne_bytes(key.addr) ^ key.vni.wrapping_mul(SPREADS_TOO);
    word.wrapping_mul(SPREADS) >> (u32::BITS - limits::FRONT_ENDPOINTS.ilog2())
}

/// The place of an attachment: interfaces are numbered one after the other.
#[inline(always)]
#[must_use]
pub const fn attachment(ifindex: u32) -> u32 {
    ifindex & (limits::FRONT_ATTACHED - 1)
}

/// The place of a node's VTEP.
#[inline(always)]
#[must_use]
pub const fn vtep(addr: Ipv4) -> u32 {
    u32::from_ne_bytes(addr).wrapping_mul(SPREADS) >> (u32::BITS - limits::FRONT_VTEPS.ilog2())
}

/// Whether an attachment is an interface's: in front its own number stands with it.
#[inline(always)]
#[must_use]
pub const fn is_attachment_of(attachment: &Attachment, ifindex: u32) -> bool {
    attachment.ifindex == ifindex
}
