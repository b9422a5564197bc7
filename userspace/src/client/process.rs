//! A process at the far end of a stream of frames: what it writes, how it ends, what it is sent.

use std::{fmt, pin::Pin};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{ClientError, Result};
use crate::api::stream::{self, Frame, FrameReader};

/// What a process at the far end says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// It wrote this to its standard output.
    Stdout(Bytes),
    /// It wrote this to its standard error.
    Stderr(Bytes),
    /// It ended with this status. Last.
    Exit(i32),
}

/// The stream of a process' output.
pub struct ProcessStream {
    frames: FrameReader<Pin<Box<dyn AsyncRead + Send>>>,
}

impl fmt::Debug for ProcessStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessStream").finish_non_exhaustive()
    }
}

impl ProcessStream {
    /// Reads frames off `reader`.
    pub(super) fn new(reader: impl AsyncRead + Send + 'static) -> Self {
        Self { frames: FrameReader::new(Box::pin(reader)) }
    }

    /// The next output; `None` at the end of the stream. Safe to cancel.
    ///
    /// # Errors
    /// [`ClientError::Refused`] where the daemon says that the command cannot run, else a broken
    /// or unreadable stream.
    pub async fn next(&mut self) -> Result<Option<Output>> {
        match self.frames.next().await? {
            None => Ok(None),
            Some(Frame::Stdout(bytes)) => Ok(Some(Output::Stdout(bytes))),
            Some(Frame::Stderr(bytes)) => Ok(Some(Output::Stderr(bytes))),
            Some(Frame::Exit(code)) => Ok(Some(Output::Exit(code))),
            Some(Frame::Head(json)) => Err(refusal(&json)),
            Some(other) => Err(ClientError::Unreadable(format!("{other:?} is no output"))),
        }
    }
}

fn refusal(json: &[u8]) -> ClientError {
    serde_json::from_slice(json).map_or_else(|e| ClientError::Unreadable(e.to_string()), ClientError::Refused)
}

/// The way to a process: its standard input and its signals.
pub struct Input {
    writer: Pin<Box<dyn AsyncWrite + Send>>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").finish_non_exhaustive()
    }
}

impl Input {
    /// Writes frames to `writer`.
    pub(super) fn new(writer: impl AsyncWrite + Send + 'static) -> Self {
        Self { writer: Box::pin(writer) }
    }

    /// Sends `frame`.
    ///
    /// # Errors
    /// [`ClientError::Broken`] where the other end has gone.
    pub async fn send(&mut self, frame: &Frame) -> Result<()> {
        stream::write(&mut self.writer, frame).await.map_err(|e| ClientError::Broken(e.to_string()))
    }
}
