//! The host's own addresses: what a container reaches behind `cw-host`, and what ports are published on.

/// Flag of a host address: it is a loopback one. A port published on it is for the host alone.
pub const LOOPBACK: u32 = 1;
/// Flag of a host address: it is a network's gateway, on `cw-host`.
pub const GATEWAY: u32 = 2;
