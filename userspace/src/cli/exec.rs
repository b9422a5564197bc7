//! `causeway exec`.

use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use tokio::{
    io::{AsyncReadExt, Stdin},
    time::timeout,
};

use super::{
    error::{CliError, Outcome},
    follow, key_value, later,
    signals::Signals,
};
use crate::{
    api::{stream::Frame, types::ContainerExec},
    client::{self, Client, Input},
};

/// Bytes of standard input that travel at once.
const PIECE: usize = 64 << 10;
/// How long a signal waits for input that the command does not read.
const PATIENCE: Duration = Duration::from_secs(1);

/// Options of `exec`.
#[derive(Debug, Args)]
pub(super) struct Exec {
    /// A variable of its environment; without a value the caller's own; may be repeated
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    env: Vec<String>,
    #[command(flatten)]
    _later: later::Options<later::OfOthers>,
    /// The container's name, id or a unique prefix of its id
    name: String,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

impl Exec {
    /// Ends with the command's own exit code.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let signals = Signals::take()?;
        let request = ContainerExec { command: self.command, env: key_value::environment(&self.env) };
        let (mut output, input) = client.exec(&self.name, &request).await?;
        let ended = tokio::select! {
            ended = follow::copy(&mut output) => ended?,
            unheard = feed(input, signals) => return Err(CliError::Interrupted(unheard)),
        };
        ended.ok_or(CliError::CommandLost(self.name))
    }
}

/// Passes standard input and signals on for as long as it is let. It ends, with the signal, only
/// where a signal cannot reach the command, because the command does not read its input.
async fn feed(mut input: Input, mut signals: Signals) -> i32 {
    let mut stdin = Some(tokio::io::stdin());
    loop {
        let frame = tokio::select! {
            signal = signals.next() => Frame::Signal(signal),
            frame = read(&mut stdin) => frame,
        };
        if let Some(unheard) = send(&mut input, &mut signals, &frame).await {
            return unheard;
        }
    }
}

/// Sends `frame`; a signal that comes meanwhile follows it, or is handed back if it cannot.
async fn send(input: &mut Input, signals: &mut Signals, frame: &Frame) -> Option<i32> {
    let signal = {
        let mut sending = std::pin::pin!(input.send(frame));
        let signal = tokio::select! {
            sent = &mut sending => return gone(sent).await,
            signal = signals.next() => signal,
        };
        if timeout(PATIENCE, sending).await.is_err() {
            return Some(signal);
        }
        signal
    };
    gone(input.send(&Frame::Signal(signal)).await).await
}

/// Waits for ever where the other end has gone: its last words are in the output's stream.
async fn gone(sent: client::Result<()>) -> Option<i32> {
    if sent.is_err() { std::future::pending().await } else { None }
}

/// The next piece of standard input; after its end nothing more ever comes.
async fn read(stdin: &mut Option<Stdin>) -> Frame {
    let Some(open) = stdin else { return std::future::pending().await };
    let mut piece = vec![0; PIECE];
    match open.read(&mut piece).await {
        Ok(length) if length > 0 => {
            piece.truncate(length);
            Frame::Stdin(Bytes::from(piece))
        }
        _ => {
            *stdin = None;
            Frame::EndOfStdin
        }
    }
}
