//! `causeway attach`.

use std::path::PathBuf;

use clap::Args;

use super::{
    error::{CliError, Outcome},
    key_value, later,
    network_flags::NetworkFlags,
    output,
    wait::WaitOptions,
};
use crate::{
    api::types::{Attach as Wanted, AttachTarget, ContainerAttach},
    client::Client,
};

/// Options of `attach`.
#[derive(Debug, Args)]
pub(super) struct Attach {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    networks: NetworkFlags,
    /// A service that it is a backend of; may be repeated
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
    /// A label; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value::pair)]
    label: Vec<(String, String)>,
    #[command(flatten)]
    wait: WaitOptions,
    #[command(flatten)]
    _later: later::Options<later::OfOthers>,
    /// The container's name, unique in the cluster
    name: String,
}

/// What names the namespace.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Target {
    /// The namespace's file, such as /run/netns/NAME
    #[arg(long, value_name = "PATH")]
    netns: Option<PathBuf>,
    /// A process in the namespace
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
}

impl Attach {
    /// Attaches it and prints the id.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let created = client.attach(&self.request()?, self.wait.wait()).await?;
        output::say(created.id)?;
        Ok(self.wait.report(&created.laggards))
    }

    fn request(&self) -> Result<ContainerAttach, CliError> {
        Ok(ContainerAttach {
            services: self.service.clone(),
            name: self.name.clone(),
            target: self.target.named()?,
            networks: self.networks()?,
            labels: key_value::map(&self.label),
        })
    }

    fn networks(&self) -> Result<Vec<Wanted>, CliError> {
        match self.networks.networks.as_slice() {
            [] => Err(CliError::Usage("attach needs a network: add --network NETWORK".to_owned())),
            networks => Ok(networks.to_vec()),
        }
    }
}

impl Target {
    /// The namespace; a relative path means the caller's directory, which the daemon does not know.
    fn named(&self) -> Result<AttachTarget, CliError> {
        match (&self.netns, self.pid) {
            (Some(path), _) => Ok(AttachTarget::Netns(std::path::absolute(path)?)),
            (None, Some(pid)) => Ok(AttachTarget::Pid(pid)),
            (None, None) => Err(CliError::Usage("attach needs --netns PATH or --pid PID".to_owned())),
        }
    }
}
