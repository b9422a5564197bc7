//! `causeway node ls`.

use clap::Args;

use super::super::{error::Outcome, list::ListOptions};
use crate::{api::types::NodeInspect, client::Client};

/// Options of `node ls`.
#[derive(Debug, Args)]
pub(super) struct Ls {
    #[command(flatten)]
    list: ListOptions,
}

impl Ls {
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        self.list.check::<NodeInspect>()?;
        let mut nodes = client.nodes().await?;
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        self.list.print(nodes)
    }
}
