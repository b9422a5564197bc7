//! A peer's overlay on one node: its programs stay attached as long as this runs.

use std::{net::Ipv4Addr, path::PathBuf, thread};

use anyhow::{Context as _, Result};
use causeway::kernel::BenchPrograms;
use causeway_lab::Netns;
use clap::Args;
use nix::net::if_::if_nametoindex;

/// Hold a peer's overlay programs in place until the end.
#[derive(Args)]
pub(crate) struct Tunnel {
    /// The object of programs.
    #[arg(long)]
    object: PathBuf,
    /// The node's namespace.
    #[arg(long)]
    node: String,
    /// The container's interface on the node.
    #[arg(long)]
    veth: String,
    /// The vxlan device.
    #[arg(long)]
    device: String,
    /// Address of the container here.
    #[arg(long)]
    here: Ipv4Addr,
    /// Address of the container elsewhere, and of its node.
    #[arg(long, num_args = 2)]
    elsewhere: Vec<Ipv4Addr>,
}

impl Tunnel {
    pub(crate) fn run(self) -> Result<()> {
        let node = Netns::open(&self.node)?;
        let _programs = node.run(|| self.attach())??;
        loop {
            thread::park();
        }
    }

    fn attach(&self) -> Result<BenchPrograms> {
        let object = std::fs::read(&self.object).with_context(|| self.object.display().to_string())?;
        let index = |name: &str| if_nametoindex(name).with_context(|| name.to_owned());
        let mut programs = BenchPrograms::load(&object, &[("DEVICE", index(&self.device)?)])?;
        let [container, remote] = self.elsewhere[..] else { unreachable!("two are asked for") };
        programs.put("PLACES", container.octets(), [u32::from(remote), 0])?;
        programs.put("PLACES", self.here.octets(), [0, index(&self.veth)?])?;
        programs.attach_tcx("from_veth", &self.veth)?;
        programs.attach_tcx("from_device", &self.device)?;
        Ok(programs)
    }
}
