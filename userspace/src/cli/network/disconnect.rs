//! `causeway network disconnect`.

use clap::Args;

use super::super::{error::Outcome, wait::WaitOptions};
use crate::{api::types::NetworkDisconnect, client::Client};

/// Options of `network disconnect`.
#[derive(Debug, Args)]
pub(super) struct Disconnect {
    /// Also where the container's node is down
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    wait: WaitOptions,
    /// The network's name, id or a unique prefix of its id
    network: String,
    /// The container's name, id or a unique prefix of its id
    container: String,
}

impl Disconnect {
    /// Prints nothing, as Docker does.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let request = NetworkDisconnect { container: self.container.clone(), force: self.force };
        let changed = client.disconnect_network(&self.network, &request, self.wait.wait()).await?;
        Ok(self.wait.report(&changed.laggards))
    }
}
