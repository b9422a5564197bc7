//! `causeway version`.

use clap::Args;
use serde_json::{Value, json};

use super::{error::Outcome, exit, list::Format, output};
use crate::{api::types, client::Client};

/// Options of `version`.
#[derive(Debug, Args)]
pub(super) struct Version {
    /// Print a table, or JSON
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// This program's version.
const OURS: &str = env!("CARGO_PKG_VERSION");

impl Version {
    /// Prints our own version even where there is no daemon to ask.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let daemon = client.version().await;
        match self.format {
            Format::Table => output::say(output::table(&[], lines(daemon.as_ref().ok())))?,
            Format::Json => output::json(&object(daemon.as_ref().ok()))?,
        }
        daemon?;
        Ok(exit::DONE)
    }
}

fn lines(daemon: Option<&types::Version>) -> Vec<Vec<String>> {
    let line = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
    let mut lines = vec![line("causeway", OURS)];
    if let Some(daemon) = daemon {
        lines.push(line("causewayd", &daemon.version));
        lines.push(line("map layout", &daemon.map_layout));
        lines.push(line("kernel", &daemon.kernel));
    }
    lines
}

fn object(daemon: Option<&types::Version>) -> Value {
    json!({ "Client": { "Version": OURS }, "Server": daemon })
}
