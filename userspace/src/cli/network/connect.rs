//! `causeway network connect`.

use std::net::Ipv4Addr;

use clap::Args;

use super::super::{error::Outcome, later, wait::WaitOptions};
use crate::{
    api::types::{Attach, NetworkConnect},
    client::Client,
    model::Mac,
};

/// Options of `network connect`.
#[derive(Debug, Args)]
pub(super) struct Connect {
    /// The container's address on the network; chosen from the subnet if not given
    #[arg(long, value_name = "IP")]
    ip: Option<Ipv4Addr>,
    /// Its MAC on the network; made from the address if not given
    #[arg(long, value_name = "MAC")]
    mac_address: Option<Mac>,
    /// Another name for it on the network; may be repeated
    #[arg(long, value_name = "NAME")]
    alias: Vec<String>,
    #[command(flatten)]
    wait: WaitOptions,
    #[command(flatten)]
    _later: later::Options<later::OfConnect>,
    /// The network's name, id or a unique prefix of its id
    network: String,
    /// The container's name, id or a unique prefix of its id
    container: String,
}

impl Connect {
    /// Prints nothing, as Docker does.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let changed = client.connect_network(&self.network, &self.request(), self.wait.wait()).await?;
        Ok(self.wait.report(&changed.laggards))
    }

    fn request(&self) -> NetworkConnect {
        let attach = Attach {
            network: self.network.clone(),
            ip: self.ip,
            mac: self.mac_address,
            aliases: self.alias.clone(),
        };
        NetworkConnect { container: self.container.clone(), attach }
    }
}
