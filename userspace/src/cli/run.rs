//! `causeway run`.
//!
//! ```text
//! create -> follow its output -> start -> copy output, pass signals on -> its exit code
//!    \________________\___________\__ whatever fails here removes what was created
//! ```

mod foreground;
mod request;

use clap::Args;

use super::{
    error::{CliError, Outcome},
    files_flags::FilesFlags,
    key_value, later,
    network_flags::NetworkFlags,
    output,
    publish_flags::PublishFlags,
    signals::Signals,
    wait::WaitOptions,
};
use crate::{api::types::Wait, client::Client};

/// Options of `run`.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The container's name, unique in the cluster; chosen if not given
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    networks: NetworkFlags,
    #[command(flatten)]
    ports: PublishFlags,
    #[command(flatten)]
    files: FilesFlags,
    /// A service that it is a backend of; may be repeated
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
    /// Its host name; the first 12 digits of its id if not given
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
    /// A variable of its environment; without a value the caller's own; may be repeated
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    env: Vec<String>,
    /// A label; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value::pair)]
    label: Vec<(String, String)>,
    /// Print the id and leave it running
    #[arg(short, long)]
    detach: bool,
    /// Remove it as soon as its process has ended
    #[arg(long = "rm")]
    remove: bool,
    #[command(flatten)]
    wait: WaitOptions,
    #[command(flatten)]
    _later: later::Options<later::OfRun>,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

impl Run {
    /// Ends with the command's own exit code, or with `--detach` as soon as it runs.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let request = self.request()?;
        let mut signals = Signals::take()?;
        let created = client.create_container(&request, self.wait.wait()).await?;
        self.discards().into_iter().for_each(output::complain);
        let code = self.wait.report(&created.laggards);
        if !self.detach {
            return foreground::run(client, &created.id, self.remove, &mut signals).await;
        }
        let started = async { Ok(client.start_container(&created.id, self.wait.wait()).await?) };
        let started = or_remove(client, &created.id, &mut signals, started).await?;
        output::say(created.id)?;
        Ok(code.max(self.wait.report(&started.laggards)))
    }
}

/// Does `step`, unless a signal comes first. Where it does not succeed the container is removed.
async fn or_remove<T>(
    client: &Client,
    id: &str,
    signals: &mut Signals,
    step: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    let done = tokio::select! {
        biased;
        signal = signals.next() => Err(CliError::Interrupted(signal)),
        done = step => done,
    };
    if done.is_err() {
        take_back(client, id).await;
    }
    done
}

/// Removes what was created.
async fn take_back(client: &Client, id: &str) {
    if let Err(error) = client.remove_container(id, true, Wait { timeout: 0 }).await
        // With `--rm` the daemon may have been faster.
        && client.container(id).await.is_ok()
    {
        output::complain(format!("{id} is left behind ({error}): remove it with 'causeway rm -f {id}'"));
    }
}
