//! `causeway node rm`.

use clap::Args;

use super::super::{error::Outcome, output, several, wait::WaitOptions};
use crate::client::Client;

/// Options of `node rm`.
#[derive(Debug, Args)]
pub(super) struct Rm {
    /// Also those that have containers: their records go, and their addresses are free for others
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    wait: WaitOptions,
    /// Names, ids or unique prefixes of ids
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

impl Rm {
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let remove = async |name: &str| {
            let changed = client.remove_node(name, self.force, self.wait.wait()).await?;
            output::say(name)?;
            Ok(self.wait.report(&changed.laggards))
        };
        several::each(&self.names, remove).await
    }
}
