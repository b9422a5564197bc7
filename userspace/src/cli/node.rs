//! `causeway node …`: one file a verb.

mod inspect;
mod ls;

use clap::{Args, Subcommand};

use super::{error::Outcome, examples, later};
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
    /// Change a node's availability (not there yet)
    #[command(hide = true)]
    Update(later::Verb),
    /// Remove a node (not there yet)
    #[command(hide = true)]
    Rm(later::Verb),
}

impl Node {
    /// Does what was asked.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        match self.verb {
            Verb::Ls(verb) => verb.perform(client).await,
            Verb::Inspect(verb) => verb.perform(client).await,
            Verb::Update(verb) => verb.refuse("node update"),
            Verb::Rm(verb) => verb.refuse("node rm"),
        }
    }
}
