//! Attachments: what is known of the container behind a host-side interface.

use crate::{Ipv4, Mac};

/// [`Attachment::flags`]: the network's containers do not talk to each other
/// (`com.docker.network.bridge.enable_icc=false`).
pub const ICC_OFF: u16 = 1;
/// [`Attachment::flags`]: the network has no way out but the host (`--internal`).
pub const INTERNAL: u16 = 2;
/// [`Attachment::flags`]: what leaves for the outside gets an address of the node
/// (`com.docker.network.bridge.enable_ip_masquerade`).
pub const MASQUERADE: u16 = 4;

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
    /// [`ICC_OFF`], [`INTERNAL`], [`MASQUERADE`].
    pub flags: u16,
    /// The interface once more, where it stands in front of the hash table ([`crate::front`]); zero in the hash table.
    pub ifindex: u32,
}
