//! `causeway logs`.

use clap::Args;

use super::{error::Outcome, exit, follow};
use crate::client::Client;

/// Options of `logs`.
#[derive(Debug, Args)]
pub(super) struct Logs {
    /// Go on until its process ends
    #[arg(short, long)]
    follow: bool,
    /// Its name, id or a unique prefix of its id
    name: String,
}

impl Logs {
    /// Prints each stream to its own.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let mut stream = client.logs(&self.name, self.follow).await?;
        follow::copy(&mut stream).await?;
        Ok(exit::DONE)
    }
}
