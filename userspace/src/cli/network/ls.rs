//! `causeway network ls`.

use clap::Args;

use super::super::{error::Outcome, list::ListOptions};
use crate::{api::types::NetworkInspect, client::Client};

/// Options of `network ls`.
#[derive(Debug, Args)]
pub(super) struct Ls {
    #[command(flatten)]
    list: ListOptions,
}

impl Ls {
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        self.list.check::<NetworkInspect>()?;
        let mut networks = client.networks().await?;
        networks.sort_by(|a, b| a.name.cmp(&b.name));
        self.list.print(networks)
    }
}
