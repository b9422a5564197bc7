//! `causeway node …`: one file a verb.

mod inspect;
mod ls;
mod rm;
mod update;

use clap::{Args, Subcommand};

use super::{error::Outcome, examples};
use crate::client::Client;

/// `node` and its verb.
#[derive(Debug, Args)]
pub(super) struct Node {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the nodes of the cluster
    #[command(after_help = examples::NODE_LS, visible_alias = "list")]
    Ls(ls::Ls),
    /// Print all about nodes, as a JSON array
    #[command(after_help = examples::NODE_INSPECT)]
    Inspect(inspect::Inspect),
    /// Drain a node, or take it back
    #[command(after_help = examples::NODE_UPDATE)]
    Update(update::Update),
    /// Remove nodes that are down
    #[command(after_help = examples::NODE_RM, visible_alias = "remove")]
    Rm(rm::Rm),
}

impl Node {
    /// Does what was asked.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        match self.verb {
            Verb::Ls(verb) => verb.perform(client).await,
            Verb::Inspect(verb) => verb.perform(client).await,
            Verb::Update(verb) => verb.perform(client).await,
            Verb::Rm(verb) => verb.perform(client).await,
        }
    }
}
