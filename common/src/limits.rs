//! Sizes of tables, each with its reason. Those that a configuration may change are defaults.

/// Endpoints in the cluster that one node can reach (configurable). A value costs about 72 bytes
/// of preallocated memory, so the default takes under 5 MiB.
pub const ENDPOINTS: u32 = 65_536;
/// Containers attached on one node (configurable): 1,000 is a full host, four times that a strange one.
pub const ATTACHMENTS: u32 = 4_096;
/// Nodes in a cluster: index 0 is the node itself. An array of 64-byte values: 256 KiB.
pub const NODES: u32 = 4_096;
/// VNIs that one node takes part in: Docker's largest pool gives 65,536 subnets of 10.0.0.0/8.
pub const VNIS: u32 = 65_536;

/// What to do where the map of this name is full.
pub const fn way_out(map: &str) -> &'static str {
    match map.as_bytes() {
        b"ENDPOINTS_V4" => "raise `endpoints` in the configuration's [limits]",
        b"ATTACHMENTS" => "raise `attachments` in the configuration's [limits]",
        b"NODES" | b"VTEPS_V4" => "a cluster has at most 4095 other nodes; remove some",
        _ => "a node takes part in at most 65536 subnets; remove some networks",
    }
}
