//! `causeway service inspect`.

use clap::Args;

use super::super::{error::Outcome, several};
use crate::client::Client;

/// Options of `service inspect`.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// Names, ids or unique prefixes of ids
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

impl Inspect {
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        several::inspect(&self.names, async |name| client.service(name).await).await
    }
}
