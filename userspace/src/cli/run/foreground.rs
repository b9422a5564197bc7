//! `run` without `--detach`: the command's output is ours, our signals are the command's.

use std::time::{Duration, Instant};

use super::{
    super::{
        error::{CliError, Outcome},
        follow, output,
        signals::Signals,
    },
    or_remove,
};
use crate::client::{Client, ClientError, ProcessStream};

/// How long `--rm` waits until the container has gone, so that its name is free again.
const REMOVAL: Duration = Duration::from_secs(10);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(20);

/// Starts the container and stays until its process has ended; its exit code.
pub(super) async fn run(client: &Client, id: &str, remove: bool, signals: &mut Signals) -> Outcome {
    let mut stream = or_remove(client, id, signals, start(client, id)).await?;
    let ended = tokio::select! {
        ended = follow::copy(&mut stream) => ended,
        never = pass_on(client, id, signals) => match never {},
    };
    let code = output_of(id, ended)?;
    if remove {
        wait_until_gone(client, id).await;
    }
    Ok(code)
}

/// Follows its output first, so that no line of it is missed.
async fn start(client: &Client, id: &str) -> Result<ProcessStream, CliError> {
    let stream = client.logs(id, true).await?;
    client.start_container(id).await?;
    Ok(stream)
}

/// The exit code; a stream that ended without one left the container behind.
fn output_of(id: &str, ended: Result<Option<i32>, CliError>) -> Outcome {
    let lost = || CliError::OutputLost(id.get(..12).unwrap_or(id).to_owned());
    match ended {
        Ok(code) => code.ok_or_else(lost),
        Err(CliError::Client(ClientError::Broken(_))) => Err(lost()),
        Err(error) => Err(error),
    }
}

/// Sends every signal on, for ever. One that finds no process any more has nothing to do.
async fn pass_on(client: &Client, id: &str, signals: &mut Signals) -> std::convert::Infallible {
    loop {
        let signal = signals.next().await;
        match client.signal_container(id, signal).await {
            Ok(_) | Err(ClientError::Refused(_)) => {}
            Err(error) => output::complain(format!("signal {signal} was not delivered: {error}")),
        }
    }
}

async fn wait_until_gone(client: &Client, id: &str) {
    let begun = Instant::now();
    while client.container(id).await.is_ok() {
        if begun.elapsed() > REMOVAL {
            output::complain(format!("{id} has not gone yet: remove it with 'causeway rm -f {id}'"));
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}
