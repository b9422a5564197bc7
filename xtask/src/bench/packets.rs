//! Packets that no socket sends: made in the kernel as fast as it can, and counted where they arrive.

use std::{net::Ipv4Addr, process::Command, time::Duration};

use anyhow::{Context as _, Result};
use causeway_lab::run;
use serde_json::Value;

use super::Setting;

/// How long a round may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Packets on a road.
pub(super) struct Packets {
    /// The namespace that they come from.
    pub(super) from: String,
    /// The interface that they leave it by.
    pub(super) out: &'static str,
    /// The namespace that they come to.
    pub(super) to: String,
    /// The interface there.
    pub(super) into: String,
    /// From which MAC to which.
    pub(super) macs: (String, String),
    /// From which address to which.
    pub(super) addresses: (Ipv4Addr, Ipv4Addr),
    /// For which port.
    pub(super) port: u16,
    /// Which port they have where they arrive.
    pub(super) arrives_at: u16,
    /// Conversations that take turns.
    pub(super) flows: u32,
    /// They are counted before there is an skb.
    pub(super) early: bool,
    /// Who has put them into VXLAN.
    pub(super) carrier: Option<Carrier>,
}

/// Outer headers.
pub(super) struct Carrier {
    /// From which MAC to which.
    pub(super) macs: (String, String),
    /// From which node to which.
    pub(super) addresses: (Ipv4Addr, Ipv4Addr),
    /// In which network.
    pub(super) vni: u32,
}

impl Packets {
    /// How many a second arrive.
    ///
    /// # Errors
    /// If one in a hundred does not.
    pub(super) fn rate(&self, setting: &Setting, packets: u32) -> Result<Vec<f64>> {
        let mut command = self.command(setting, packets)?;
        let said: Value = serde_json::from_str(&run::output(&mut command, PATIENCE)?.text()?)?;
        Ok(vec![said["rate"].as_f64().context("a rate is a number")?])
    }

    /// Has each conversation answered once, so that all of them are known.
    ///
    /// # Errors
    /// If they are not.
    pub(super) fn open(&self, setting: &Setting) -> Result<()> {
        let mut command = self.command(setting, self.flows)?;
        run::output(command.arg("--open"), PATIENCE)?.text().map(drop)
    }

    fn command(&self, setting: &Setting, packets: u32) -> Result<Command> {
        let mut command = setting.rig("packets");
        command.arg("--object").arg(setting.object("traffic")?);
        command.args(["--from", &self.from, "--out", self.out, "--to", &self.to, "--into", &self.into]);
        command.args(["--source-mac", &self.macs.0, "--target-mac", &self.macs.1]);
        command.args(["--source".to_owned(), self.addresses.0.to_string()]);
        command.args(["--target".to_owned(), self.addresses.1.to_string()]);
        for (name, number) in [
            ("--port", u32::from(self.port)),
            ("--arrives-at", u32::from(self.arrives_at)),
            ("--flows", self.flows),
            ("--packets", packets),
        ] {
            command.args([name.to_owned(), number.to_string()]);
        }
        if self.early {
            command.arg("--early");
        }
        if let Some(Carrier { macs, addresses, vni }) = &self.carrier {
            command.args([
                "--carried-by",
                &macs.0,
                &addresses.0.to_string(),
                &macs.1,
                &addresses.1.to_string(),
            ]);
            command.arg(vni.to_string());
        }
        Ok(command)
    }
}
