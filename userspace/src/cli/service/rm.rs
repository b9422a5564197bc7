//! `causeway service rm`.

use clap::Args;

use super::super::{error::Outcome, output, several, wait::WaitOptions};
use crate::client::Client;

/// Options of `service rm`.
#[derive(Debug, Args)]
pub(super) struct Rm {
    #[command(flatten)]
    wait: WaitOptions,
    /// Names, ids or unique prefixes of ids
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

impl Rm {
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let remove = async |name: &str| {
            let changed = client.remove_service(name, self.wait.wait()).await?;
            output::say(name)?;
            Ok(self.wait.report(&changed.laggards))
        };
        several::each(&self.names, remove).await
    }
}
