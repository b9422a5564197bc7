//! `causeway service …`: one file a verb.

mod create;
mod inspect;
mod ls;
mod ps;
mod rm;
mod update;

use clap::{Args, Subcommand};

use super::{error::Outcome, examples};
use crate::client::Client;

/// `service` and its verb.
#[derive(Debug, Args)]
pub(super) struct Service {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Create a service and print its id; 'causeway run --service NAME' starts its backends
    #[command(after_help = examples::SERVICE_CREATE)]
    Create(Box<create::Create>),
    /// List services
    #[command(after_help = examples::SERVICE_LS, visible_alias = "list")]
    Ls(ls::Ls),
    /// Print all about services, as a JSON array
    #[command(after_help = examples::SERVICE_INSPECT)]
    Inspect(inspect::Inspect),
    /// Change a service; what is not said stays as it is
    #[command(after_help = examples::SERVICE_UPDATE)]
    Update(Box<update::Update>),
    /// Remove services; their containers go on as plain ones
    #[command(after_help = examples::SERVICE_RM, visible_alias = "remove")]
    Rm(rm::Rm),
    /// List the backends of a service, on all nodes
    #[command(after_help = examples::SERVICE_PS)]
    Ps(ps::Ps),
}

impl Service {
    /// Does what was asked.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        match self.verb {
            Verb::Create(verb) => verb.perform(client).await,
            Verb::Ls(verb) => verb.perform(client).await,
            Verb::Inspect(verb) => verb.perform(client).await,
            Verb::Update(verb) => verb.perform(client).await,
            Verb::Rm(verb) => verb.perform(client).await,
            Verb::Ps(verb) => verb.perform(client).await,
        }
    }
}
