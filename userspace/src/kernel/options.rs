//! What the daemon decides about the dataplane before it is loaded.

use std::{net::Ipv4Addr, path::PathBuf};

use causeway_common::{limits, names};

/// What the daemon decides about the dataplane before it is loaded.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directory on a bpf file system that maps and links are pinned below; made when missing.
    pub bpf_dir: PathBuf,
    /// This node's VTEP: VXLAN packets to any other address are left to the host.
    pub vtep: Ipv4Addr,
    /// The cluster's VXLAN port.
    pub vxlan_port: u16,
    /// Endpoints that fit into the dataplane; those of all nodes count.
    pub endpoints: u32,
    /// Containers of this node that fit into the dataplane.
    pub attachments: u32,
    /// Directions of answered flows that fit, two a flow.
    pub flows: u32,
    /// Directions of flows without an answer that fit, two a flow; the oldest make room.
    pub new_flows: u32,
    /// Conversations with ports of the mesh that fit while they are tracked; the longest unseen make room.
    pub tracked: u32,
}

impl Options {
    /// The defaults for a bpf directory and a VTEP.
    pub fn new(bpf_dir: impl Into<PathBuf>, vtep: Ipv4Addr) -> Self {
        Self {
            bpf_dir: bpf_dir.into(),
            vtep,
            vxlan_port: names::DEFAULT_VXLAN_PORT,
            endpoints: limits::ENDPOINTS,
            attachments: limits::ATTACHMENTS,
            flows: limits::FLOWS,
            new_flows: limits::FLOWS_NEW,
            tracked: limits::TRACKED,
        }
    }
}
