//! `causeway ps`.

use std::time::SystemTime;

use clap::Args;

use super::{error::Outcome, list::ListOptions, rows::ContainerRow};
use crate::client::Client;

/// Options of `ps`.
#[derive(Debug, Args)]
pub(super) struct Ps {
    /// Also those that do not run; so does a filter by status
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    list: ListOptions,
}

impl Ps {
    /// Prints this node's containers, the newest first.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        self.list.check::<ContainerRow>()?;
        let mut containers = client.containers(self.all || self.list.filters_by("status")).await?;
        containers.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.name.cmp(&b.name)));
        let now = SystemTime::now();
        self.list.print(containers.into_iter().map(|container| ContainerRow { container, now }).collect())
    }
}
