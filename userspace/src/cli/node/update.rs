//! `causeway node update`.

use clap::{Args, ValueEnum};

use super::super::{error::Outcome, output, wait::WaitOptions};
use crate::{api::types::NodeUpdate, client::Client, model};

/// Options of `node update`.
#[derive(Debug, Args)]
pub(super) struct Update {
    /// Whether the node's containers take service traffic
    #[arg(long, value_enum)]
    availability: Availability,
    #[command(flatten)]
    wait: WaitOptions,
    /// The node's name, id or a unique prefix of its id
    name: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Availability {
    /// They do
    Active,
    /// They get no new conversations, whatever service they are behind; those that they have go on
    Drain,
}

impl From<Availability> for model::Availability {
    fn from(said: Availability) -> Self {
        match said {
            Availability::Active => Self::Active,
            Availability::Drain => Self::Drain,
        }
    }
}

impl Update {
    /// Prints the name, as Docker does.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let request = NodeUpdate { availability: self.availability.into() };
        let changed = client.update_node(&self.name, &request, self.wait.wait()).await?;
        output::say(&self.name)?;
        Ok(self.wait.report(&changed.laggards))
    }
}
