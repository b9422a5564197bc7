//! A further process in a running container.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split},
    process::ChildStdin,
    sync::mpsc,
    time::timeout,
};

use super::find;
use crate::{
    api::{
        stream::{self, Frame, FrameReader},
        types::ContainerExec,
    },
    daemon::{Daemon, Error, Result},
    desired::Refusal,
    model::{Container, ContainerState},
    runtime::{Exec, ExecSpec},
};

/// Bytes of output read at once.
const CHUNK: usize = 16 * 1024;
/// Frames that may wait for a slow client.
const AHEAD: usize = 16;
/// How long output may go on after the process has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// An exec that has been allowed and not begun.
pub struct Session {
    daemon: Arc<Daemon>,
    container: Container,
}

/// Allows an exec.
///
/// # Errors
/// Where there is no container of that name, or it does not run.
pub async fn exec(daemon: &Arc<Daemon>, name: &str) -> Result<Session> {
    let container = find(daemon, name).await?;
    match (&container.process, &container.state) {
        (None, _) => Err(Error::BadRequest(format!(
            "'{0}' is an attached namespace, causeway does not run it; try nsenter --net={1}",
            container.name,
            container.netns.display()
        ))),
        (_, ContainerState::Running { .. }) => Ok(Session { daemon: Arc::clone(daemon), container }),
        _ => Err(Error::Refused(Refusal::NotRunning(container.name))),
    }
}

impl Session {
    /// Runs it over a connection until the process ends or the client goes; then the process goes, too.
    pub async fn run(self, connection: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (reader, mut writer) = split(connection);
        let mut frames = FrameReader::new(reader);
        let last = match self.begin(&mut frames).await {
            Ok(process) => conduct(process, frames, &mut writer).await,
            Err(error) => Frame::head(&error.failure()).ok(),
        };
        if let Some(last) = last {
            // Nobody is left to be told where this fails.
            let _ = stream::write(&mut writer, &last).await;
        }
        let _ = writer.shutdown().await;
    }

    /// Starts what the client's first frame asks for.
    async fn begin(&self, frames: &mut FrameReader<impl AsyncRead + Unpin>) -> Result<Exec> {
        let bad = |line: String| Error::BadRequest(line);
        let head = match frames.next().await {
            Ok(Some(Frame::Head(head))) => head,
            Ok(_) => return Err(bad("exec begins with a head frame".into())),
            Err(error) => return Err(bad(error.to_string())),
        };
        let asked: ContainerExec =
            serde_json::from_slice(&head).map_err(|e| bad(format!("the head frame is no exec: {e}")))?;
        let spec = ExecSpec { command: asked.command, env: asked.env };
        self.daemon.process(&self.container.id).exec(&spec).map_err(|error| match error.exit_code() {
            Some(code) => Error::NotExecuted { code, message: error.to_string() },
            None => Error::internal(format!("container '{}'", self.container.name), error),
        })
    }
}

/// Carries input, output and signals until the process has ended; its status is the last frame.
/// `None` where the client went away: then the process is killed.
async fn conduct<C: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    mut process: Exec,
    frames: FrameReader<ReadHalf<C>>,
    writer: &mut WriteHalf<C>,
) -> Option<Frame> {
    let mut output = outputs(&mut process);
    let mut signals = asks(frames, input(process.stdin()));
    let code = loop {
        tokio::select! {
            Some(frame) = output.recv() => if stream::write(writer, &frame).await.is_err() {
                send(&process, libc::SIGKILL);
            },
            Some(signal) = signals.recv() => send(&process, signal),
            code = process.wait() => break code,
        }
    };
    // What it wrote last; not what a process that it left behind may still write.
    while let Ok(Some(frame)) = timeout(LAST_WORDS, output.recv()).await {
        stream::write(writer, &frame).await.ok()?;
    }
    code.map(Frame::Exit).map_err(|error| tracing::warn!(%error, "an exec left no status")).ok()
}

fn send(process: &Exec, signal: i32) {
    if let Err(error) = process.kill(signal) {
        tracing::debug!(%error, signal, "not sent");
    }
}

/// Reads what the client asks for: input goes to `stdin`, signals come out. A client that goes away
/// without a word is a KILL.
fn asks<C: AsyncRead + Unpin + Send + 'static>(
    mut frames: FrameReader<C>,
    stdin: mpsc::Sender<Bytes>,
) -> mpsc::Receiver<i32> {
    let (signals, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        let mut stdin = Some(stdin);
        while let Ok(Some(frame)) = frames.next().await {
            match (frame, &stdin) {
                (Frame::Stdin(bytes), Some(pipe)) => drop(pipe.send(bytes).await),
                (Frame::EndOfStdin, _) => stdin = None,
                (Frame::Signal(signal), _) => {
                    let _ = signals.send(signal).await;
                }
                (other, _) => tracing::debug!(?other, "not the client's to send now"),
            }
        }
        let _ = signals.send(libc::SIGKILL).await;
    });
    receiver
}

/// Writes input to the process, on a task of its own: one that does not read must not keep its own
/// output waiting. The pipe is closed when the sender is gone.
fn input(stdin: Option<ChildStdin>) -> mpsc::Sender<Bytes> {
    let (sender, mut receiver) = mpsc::channel::<Bytes>(AHEAD);
    tokio::spawn(async move {
        let Some(mut stdin) = stdin else { return };
        while let Some(bytes) = receiver.recv().await {
            if stdin.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    sender
}

/// Both outputs as frames; ends when both have ended.
fn outputs(process: &mut Exec) -> mpsc::Receiver<Frame> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    if let Some(stdout) = process.stdout() {
        tokio::spawn(forward(stdout, Frame::Stdout, sender.clone()));
    }
    if let Some(stderr) = process.stderr() {
        tokio::spawn(forward(stderr, Frame::Stderr, sender));
    }
    receiver
}

async fn forward(mut output: impl AsyncRead + Unpin, frame: fn(Bytes) -> Frame, to: mpsc::Sender<Frame>) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length @ 1..) = output.read(&mut chunk).await {
        if to.send(frame(Bytes::copy_from_slice(&chunk[..length]))).await.is_err() {
            return;
        }
    }
}
