//! `causeway network …`: one file a verb.

mod connect;
mod create;
mod disconnect;
mod inspect;
mod ls;
mod prune;
mod rm;

use clap::{Args, Subcommand};

use super::{error::Outcome, examples};
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
    /// Remove all networks that no container is attached to; it never asks
    #[command(after_help = examples::NETWORK_PRUNE)]
    Prune(prune::Prune),
    /// Connect a container to a network, also while it runs
    #[command(after_help = examples::NETWORK_CONNECT)]
    Connect(connect::Connect),
    /// Disconnect a container from a network, also while it runs
    #[command(after_help = examples::NETWORK_DISCONNECT)]
    Disconnect(disconnect::Disconnect),
}

impl Network {
    /// Does what was asked.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        match self.verb {
            Verb::Create(verb) => verb.perform(client).await,
            Verb::Ls(verb) => verb.perform(client).await,
            Verb::Inspect(verb) => verb.perform(client).await,
            Verb::Rm(verb) => verb.perform(client).await,
            Verb::Prune(verb) => verb.perform(client).await,
            Verb::Connect(verb) => verb.perform(client).await,
            Verb::Disconnect(verb) => verb.perform(client).await,
        }
    }
}
