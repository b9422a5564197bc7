//! Lengths of headers, in bytes.

/// Ethernet.
pub const ETHERNET_LEN: u32 = 14;
/// IPv4 without options.
pub const IPV4_LEN: u32 = 20;
/// UDP.
pub const UDP_LEN: u32 = 8;
/// VXLAN.
pub const VXLAN_LEN: u32 = 8;
/// All that encapsulation adds.
pub const OUTER_LEN: u32 = ETHERNET_LEN + IPV4_LEN + UDP_LEN + VXLAN_LEN;
