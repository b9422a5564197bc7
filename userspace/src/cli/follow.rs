//! Copies what a process writes to where we write.

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt, Stderr, Stdout};

use super::error::CliError;
use crate::client::{Output, ProcessStream};

/// Copies standard output and standard error until the stream ends; the process' status, if the
/// stream held it.
///
/// # Errors
/// Where the stream breaks or our own output cannot be written.
pub(super) async fn copy(stream: &mut ProcessStream) -> Result<Option<i32>, CliError> {
    let mut to = (tokio::io::stdout(), tokio::io::stderr());
    while let Some(output) = stream.next().await? {
        if let Some(code) = pass_on(output, &mut to).await? {
            return Ok(Some(code));
        }
    }
    Ok(None)
}

async fn pass_on(output: Output, (out, err): &mut (Stdout, Stderr)) -> Result<Option<i32>, CliError> {
    match output {
        Output::Stdout(bytes) => write(out, bytes).await?,
        Output::Stderr(bytes) => write(err, bytes).await?,
        Output::Exit(code) => return Ok(Some(code)),
    }
    Ok(None)
}

async fn write(to: &mut (impl AsyncWrite + Unpin), bytes: Bytes) -> Result<(), CliError> {
    to.write_all(&bytes).await?;
    Ok(to.flush().await?)
}
