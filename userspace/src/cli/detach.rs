//! `causeway detach`.

use clap::Args;

use super::{error::Outcome, output, wait::WaitOptions};
use crate::client::Client;

/// Options of `detach`.
#[derive(Debug, Args)]
pub(super) struct Detach {
    #[command(flatten)]
    wait: WaitOptions,
    /// Its name, id or a unique prefix of its id
    name: String,
}

impl Detach {
    /// Takes the interfaces out of the namespace and forgets it.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let changed = client.detach(&self.name, self.wait.wait()).await?;
        output::say(&self.name)?;
        Ok(self.wait.report(&changed.laggards))
    }
}
