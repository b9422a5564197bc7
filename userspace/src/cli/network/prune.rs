//! `causeway network prune`.

use std::time::SystemTime;

use clap::Args;

use super::super::{
    error::{CliError, Outcome},
    filters::{self, Filter},
    output,
    until::until,
    wait::WaitOptions,
};
use crate::{api::types::NetworkPrune, client::Client};

/// Options of `network prune`.
#[derive(Debug, Args)]
pub(super) struct Prune {
    /// Remove only what matches; all must match
    #[arg(long, value_name = "KEY=VALUE")]
    filter: Vec<Filter>,
    /// Nothing: prune never asks
    #[arg(short, long, hide = true)]
    force: bool,
    #[command(flatten)]
    wait: WaitOptions,
}

impl Prune {
    /// Prints the name of each network that was removed.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let pruned = client.prune_networks(&self.request()?, self.wait.wait()).await?;
        pruned.networks.iter().try_for_each(output::say)?;
        Ok(self.wait.report(&pruned.laggards))
    }

    fn request(&self) -> Result<NetworkPrune, CliError> {
        filters::check(&self.filter, &["label", "label!", "until"])?;
        Ok(NetworkPrune {
            labels: self.values("label"),
            not_labels: self.values("label!"),
            created_before: self.created_before()?,
        })
    }

    fn values(&self, key: &str) -> Vec<String> {
        self.filter.iter().filter(|f| f.key == key).map(|f| f.value.clone()).collect()
    }

    fn created_before(&self) -> Result<Option<u64>, CliError> {
        match self.values("until").as_slice() {
            [] => Ok(None),
            [text] => until(text, SystemTime::now()).map(Some).map_err(CliError::Usage),
            _ => Err(CliError::Usage("the filter 'until' is given twice: keep one".to_owned())),
        }
    }
}
