//! `causeway service ps`.

use clap::Args;

use super::super::{error::Outcome, list::ListOptions};
use crate::{api::types::BackendInspect, client::Client};

/// Options of `service ps`.
#[derive(Debug, Args)]
pub(super) struct Ps {
    #[command(flatten)]
    list: ListOptions,
    /// The service's name, id or a unique prefix of its id
    name: String,
}

impl Ps {
    /// Prints its backends by name; `--quiet` the ids of their containers.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        self.list.check::<BackendInspect>()?;
        let mut backends = client.backends(&self.name).await?;
        backends.sort_by(|a, b| a.name.cmp(&b.name));
        self.list.print(backends)
    }
}
