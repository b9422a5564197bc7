//! Ours: `causeway attach` on a node with the embedded store.

use std::{net::Ipv4Addr, path::Path, process::Command};

use anyhow::Result;
use causeway_lab::{Lab, Netns, Store};

use super::Peer;
use crate::bench::measured::OURS;

const NETWORK: &str = "bench";
const GUEST: &str = "guest";
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 87, 0, 2);

/// A node with a bridge network that masquerades.
pub(super) struct Causeway {
    guest: Netns,
    lab: Lab,
}

impl Causeway {
    /// Builds the node.
    pub(super) fn new(bins: &Path) -> Result<Self> {
        let lab = Lab::builder().prefix("cwb-attach").nodes(1).store(Store::Embedded);
        let lab = lab.bins(bins.to_path_buf()).start()?;
        lab.node(1).cw(&format!("network create -d bridge --subnet 10.87.0.0/24 {NETWORK}"))?;
        Ok(Self { guest: Netns::create("cwb-attach-guest")?, lab })
    }

    fn command(&self, line: &str) -> Command {
        let program = self.lab.layout().bins.join("causeway");
        let mut command = self.lab.node(1).command(program);
        command.args(line.split_whitespace());
        command
    }
}

impl Peer for Causeway {
    fn name(&self) -> &'static str {
        OURS
    }

    fn node(&self) -> &Netns {
        &self.lab.node(1).netns
    }

    fn attach(&self) -> Command {
        let guest = self.guest.path();
        self.command(&format!(
            "attach --netns {} --network {NETWORK} --ip {ADDRESS} {GUEST}",
            guest.display()
        ))
    }

    fn detach(&self) -> Command {
        self.command(&format!("detach {GUEST}"))
    }

    fn address(&self) -> Ipv4Addr {
        ADDRESS
    }
}
