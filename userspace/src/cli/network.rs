//! `causeway network …`: one file a verb.

mod create;
mod inspect;
mod ls;
mod rm;

use clap::{Args, Subcommand};

use super::{error::Outcome, examples, later};
use crate::client::Client;

/// `network` and its verb.
#[derive(Debug, Args)]
pub(super) struct Network {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Create a network and print its id
    #[command(after_help = examples::NETWORK_CREATE)]
    Create(create::Create),
    /// List networks
    #[command(after_help = examples::NETWORK_LS, visible_alias = "list")]
    Ls(ls::Ls),
    /// Print all about networks, as a JSON array
    #[command(after_help = examples::NETWORK_INSPECT)]
    Inspect(inspect::Inspect),
    /// Remove networks that no container is attached to
    #[command(after_help = examples::NETWORK_RM, visible_alias = "remove")]
    Rm(rm::Rm),
    /// Remove networks without containers (not there yet)
    #[command(hide = true)]
    Prune(later::Verb),
    /// Connect a running container (not there yet)
    #[command(hide = true)]
    Connect(later::Verb),
    /// Disconnect a running container (not there yet)
    #[command(hide = true)]
    Disconnect(later::Verb),
}

impl Network {
    /// Does what was asked.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        match self.verb {
            Verb::Create(verb) => verb.perform(client).await,
            Verb::Ls(verb) => verb.perform(client).await,
            Verb::Inspect(verb) => verb.perform(client).await,
            Verb::Rm(verb) => verb.perform(client).await,
            Verb::Prune(verb) => verb.refuse("network prune"),
            Verb::Connect(verb) => verb.refuse("network connect"),
            Verb::Disconnect(verb) => verb.refuse("network disconnect"),
        }
    }
}
