//! `causeway service ls`.

use clap::Args;

use super::super::{error::Outcome, list::ListOptions};
use crate::{api::types::ServiceInspect, client::Client};

/// Options of `service ls`.
#[derive(Debug, Args)]
pub(super) struct Ls {
    #[command(flatten)]
    list: ListOptions,
}

impl Ls {
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        self.list.check::<ServiceInspect>()?;
        let mut services = client.services().await?;
        services.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        self.list.print(services)
    }
}
