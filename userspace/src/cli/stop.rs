//! `causeway stop`.

use clap::Args;

use super::{error::Outcome, output, several, wait::WaitOptions};
use crate::client::Client;

/// Options of `stop`.
#[derive(Debug, Args)]
pub(super) struct Stop {
    /// Seconds between TERM and KILL
    #[arg(short = 't', long, value_name = "SECONDS", default_value_t = 10)]
    time: u32,
    #[command(flatten)]
    wait: WaitOptions,
    /// Names, ids or unique prefixes of ids
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

impl Stop {
    /// Stops them one after the other; one that does not run is no error.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let stop = async |name: &str| {
            let changed = client.stop_container(name, self.time, self.wait.wait()).await?;
            output::say(name)?;
            Ok(self.wait.report(&changed.laggards))
        };
        several::each(&self.names, stop).await
    }
}
