//! `causeway inspect`.

use clap::Args;

use super::{error::Outcome, several};
use crate::client::Client;

/// Options of `inspect`.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// Names, ids or unique prefixes of ids
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

impl Inspect {
    /// Prints those that there are.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        several::inspect(&self.names, async |name| client.container(name).await).await
    }
}
