//! What the daemon decides about the dataplane before it is loaded.

use std::{net::Ipv4Addr, path::PathBuf};

use causeway_common::names;

use crate::model::Sizes;

/// What the daemon decides about the dataplane before it is loaded.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directory on a bpf file system that maps and links are pinned below; made when missing.
    pub bpf_dir: PathBuf,
    /// This node's VTEP: VXLAN packets to any other address are left to the host.
    pub vtep: Ipv4Addr,
    /// The cluster's VXLAN port.
    pub vxlan_port: u16,
    /// Sizes of the tables.
    pub sizes: Sizes,
}

impl Options {
    /// The defaults for a bpf directory and a VTEP.
    pub fn new(bpf_dir: impl Into<PathBuf>, vtep: Ipv4Addr) -> Self {
        Self { bpf_dir: bpf_dir.into(), vtep, vxlan_port: names::DEFAULT_VXLAN_PORT, sizes: Sizes::default() }
    }
}
