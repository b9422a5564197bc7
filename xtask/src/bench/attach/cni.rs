//! The CNI bridge plugin with host-local addresses: a program that reads a network's configuration
//! (the CNI specification, version 0.4.0).

use std::{
    io::Write as _,
    net::Ipv4Addr,
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, Result};
use causeway_lab::{Netns, spawn};
use serde_json::json;

use super::Peer;

const PLUGINS: &str = "/usr/lib/cni";
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 88, 0, 2);

/// A node whose containers are attached by the plugin.
pub(super) struct Cni {
    name: &'static str,
    node: Netns,
    guest: Netns,
    configuration: String,
}

impl Cni {
    /// Builds the node; the plugin keeps its notes in a directory of its own below `directory`.
    pub(super) fn new(name: &'static str, directory: &Path, masquerade: bool) -> Result<Self> {
        let suffix = if masquerade { "-masq" } else { "" };
        let configuration = json!({
            "cniVersion": "0.4.0", "name": "bench", "type": "bridge", "bridge": "cni0",
            "isGateway": true, "ipMasq": masquerade,
            "ipam": {
                "type": "host-local",
                "dataDir": directory.join(format!("cni{suffix}")),
                "routes": [{"dst": "0.0.0.0/0"}],
                // One address, so that every round gets the same.
                "ranges": [[{"subnet": "10.88.0.0/24", "rangeStart": ADDRESS, "rangeEnd": ADDRESS}]],
            },
        });
        Ok(Self {
            name,
            node: Netns::create(&format!("cwb-cni{suffix}"))?,
            guest: Netns::create(&format!("cwb-cni{suffix}-guest"))?,
            configuration: configuration.to_string(),
        })
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = spawn::command(&self.node, Path::new(PLUGINS).join("bridge"));
        command
            .env("CNI_COMMAND", verb)
            .env("CNI_CONTAINERID", "guest")
            .env("CNI_NETNS", self.guest.path())
            .env("CNI_IFNAME", "eth0")
            .env("CNI_PATH", PLUGINS);
        command
    }
}

impl Peer for Cni {
    fn name(&self) -> &'static str {
        self.name
    }

    fn node(&self) -> &Netns {
        &self.node
    }

    fn attach(&self) -> Command {
        self.command("ADD")
    }

    fn detach(&self) -> Command {
        self.command("DEL")
    }

    fn input(&self) -> String {
        self.configuration.clone()
    }

    fn address(&self) -> Ipv4Addr {
        ADDRESS
    }
}

/// Runs a command to its end, with `input` to read.
///
/// # Errors
/// If it cannot be started.
pub(super) fn fed(command: &mut Command, input: &str) -> Result<Output> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().with_context(|| format!("cannot start {command:?}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that reads nothing may have ended already.
        let _ = stdin.write_all(input.as_bytes());
    }
    Ok(child.wait_with_output()?)
}
