//! Podman's netavark: a program that reads a container's networks.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use causeway_lab::{Netns, spawn};
use serde_json::json;

use super::Peer;
use crate::bench::dns::PODMAN;

const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 86, 0, 2);

/// A node whose containers are attached by it.
pub(super) struct Netavark {
    node: Netns,
    guest: Netns,
    notes: PathBuf,
}

impl Netavark {
    /// Builds the node; its notes are below `directory`.
    pub(super) fn new(directory: &Path) -> Result<Self> {
        let (node, guest) = (Netns::create("cwb-netavark")?, Netns::create("cwb-netavark-guest")?);
        Ok(Self { node, guest, notes: directory.join("netavark") })
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = spawn::command(&self.node, Path::new(PODMAN).join("netavark"));
        command.arg("--config").arg(&self.notes).arg(verb).arg(self.guest.path());
        command
    }
}

impl Peer for Netavark {
    fn name(&self) -> &'static str {
        "netavark"
    }

    fn node(&self) -> &Netns {
        &self.node
    }

    fn attach(&self) -> Command {
        self.command("setup")
    }

    fn detach(&self) -> Command {
        self.command("teardown")
    }

    /// As Podman writes it; no name server, as the others start none.
    fn input(&self) -> String {
        let subnet = json!({"subnet": "10.86.0.0/24", "gateway": "10.86.0.1"});
        json!({
            "container_id": "guest", "container_name": "guest",
            "networks": {"bench": {"static_ips": [ADDRESS], "interface_name": "eth0"}},
            "network_info": {"bench": {
                "name": "bench", "id": "1".repeat(64), "driver": "bridge", "network_interface": "podman0",
                "subnets": [subnet], "ipv6_enabled": false, "internal": false, "dns_enabled": false,
                "ipam_options": {"driver": "host-local"},
            }},
        })
        .to_string()
    }

    fn address(&self) -> Ipv4Addr {
        ADDRESS
    }
}
