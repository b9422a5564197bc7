//! `run` without `--detach`: the command's output is ours, our signals are the command's.

use std::{
    convert::Infallible,
    pin::pin,
    time::{Duration, Instant},
};

use super::{
    super::{
        error::{CliError, Outcome},
        follow, output,
        signals::Signals,
    },
    or_remove, take_back,
};
use crate::{
    api::types::Wait,
    client::{Client, ClientError},
};

/// How long `--rm` waits until the container has gone, so that its name is free again.
const REMOVAL: Duration = Duration::from_secs(10);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(20);

/// Starts the container and stays until its process has ended; its exit code.
pub(super) async fn run(client: &Client, id: &str, remove: bool, signals: &mut Signals) -> Outcome {
    // Followed first, so that no line of it is missed.
    let logs = async { Ok(client.logs(id, true).await?) };
    let mut stream = or_remove(client, id, signals, logs).await?;
    let held = start(client, id, signals).await?;
    let ended = tokio::select! {
        ended = follow::copy(&mut stream) => ended,
        never = pass_on(client, id, held, signals) => match never {},
    };
    let code = output_of(id, ended)?;
    if remove {
        wait_until_gone(client, id).await;
    }
    Ok(code)
}

/// Starts it, or removes it. The command may run before the answer comes: a signal that comes in between
/// is meant for it, and handed back to be passed on.
async fn start(client: &Client, id: &str, signals: &mut Signals) -> Result<Option<i32>, CliError> {
    let held = started(client, id, signals).await;
    if held.is_err() {
        take_back(client, id).await;
    }
    held
}

/// Waits for the answer, unless a second signal comes first.
async fn started(client: &Client, id: &str, signals: &mut Signals) -> Result<Option<i32>, CliError> {
    // Its output is not kept waiting for other nodes.
    let mut answer = pin!(client.start_container(id, Wait { timeout: 0 }));
    let mut held = None;
    loop {
        tokio::select! {
            biased;
            started = &mut answer => return Ok(started.map(|_| held)?),
            signal = signals.next() => match held.replace(signal) {
                None => {}
                Some(_) => return Err(CliError::Interrupted(signal)),
            },
        }
    }
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

/// Sends every signal on, `held` first, for ever. One that finds no process any more has nothing to do.
async fn pass_on(client: &Client, id: &str, mut held: Option<i32>, signals: &mut Signals) -> Infallible {
    loop {
        let signal = match held.take() {
            Some(signal) => signal,
            None => signals.next().await,
        };
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
