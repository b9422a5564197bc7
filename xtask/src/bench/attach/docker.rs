//! Docker: a container that is there joins a network.

use std::{net::Ipv4Addr, path::Path, process::Command};

use anyhow::Result;
use causeway_lab::Netns;

use super::Peer;
use crate::bench::docker::{Docker, IMAGE, SLEEP};

const NETWORK: &str = "bench";
const GUEST: &str = "guest";
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 89, 0, 2);

/// A node with a network and a container that runs.
pub(super) struct Connect(Docker);

impl Connect {
    /// Builds the node below `directory`.
    pub(super) fn new(directory: &Path) -> Result<Self> {
        let docker = Docker::new(directory)?;
        docker.docker(&format!("network create --subnet 10.89.0.0/24 {NETWORK}"))?;
        docker.docker(&format!("run -d --name {GUEST} {IMAGE} {SLEEP}"))?;
        Ok(Self(docker))
    }
}

impl Peer for Connect {
    fn name(&self) -> &'static str {
        "docker network connect"
    }

    fn node(&self) -> &Netns {
        &self.0.node
    }

    fn attach(&self) -> Command {
        self.0.command(&format!("network connect --ip {ADDRESS} {NETWORK} {GUEST}"))
    }

    fn detach(&self) -> Command {
        self.0.command(&format!("network disconnect {NETWORK} {GUEST}"))
    }

    fn address(&self) -> Ipv4Addr {
        ADDRESS
    }
}
