//! Attachments: what is known of the container behind a host-side interface.

use crate::{Ipv4, Mac};

/// One local endpoint as its own packets see it; keyed by the host-side interface's index.
///
/// `from_container` holds every packet against this: what differs from `addr` and `mac` did not
/// come from the container that the address was given to.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Attachment {
    /// VNI of the endpoint's subnet, host order.
    pub vni: u32,
    /// The endpoint's address.
    pub addr: Ipv4,
    /// The container interface's MAC.
    pub mac: Mac,
    /// MAC that answers for the gateway address.
    pub gateway_mac: Mac,
    /// The subnet's gateway address.
    pub gateway: Ipv4,
    /// Largest IP packet, in bytes, that may leave the container (underlay's MTU − 50).
    pub mtu: u16,
    /// Reserved for flags; zero.
    pub flags: u16,
    /// Zero; fills the value to a multiple of 8 bytes.
    pub reserved: u32,
}
