//! What a container has written.

use std::{io, sync::Arc};

use futures::{
    StreamExt,
    stream::{self, BoxStream},
};

use super::find;
use crate::{
    api::stream::Frame,
    daemon::{Daemon, Error, Result, exits},
    desired::Refusal,
    model::Container,
    runtime::LogStream,
};

/// The container's output as frames; with `follow` until it ends, its status last.
///
/// # Errors
/// Where there is none of that name, or it is an attached namespace.
pub async fn logs(
    daemon: &Arc<Daemon>,
    name: &str,
    follow: bool,
) -> Result<BoxStream<'static, io::Result<Frame>>> {
    let container = find(daemon, name).await?;
    if container.process.is_none() {
        return Err(Error::Refused(Refusal::IsAttachment(container.name)));
    }
    let reader = daemon.exits.reader(&container.id);
    let output = daemon.process(&container.id).logs(follow);
    let output = output.map_err(|e| Error::internal(format!("container '{}'", container.name), e))?;
    let frames = output.map(move |part| {
        // Moved in here, so that it goes when the output has been read.
        let _reading = &reader;
        part.map(|(stream, bytes)| match stream {
            LogStream::Stdout => Frame::Stdout(bytes),
            LogStream::Stderr => Frame::Stderr(bytes),
        })
    });
    if !follow {
        return Ok(frames.boxed());
    }
    Ok(frames.chain(stream::once(last(Arc::clone(daemon), container))).boxed())
}

/// The container's status, as the last frame.
async fn last(daemon: Arc<Daemon>, container: Container) -> io::Result<Frame> {
    let status = exits::status_of(&daemon, &container).await;
    status.map(Frame::Exit).map_err(|error| io::Error::other(error.to_string()))
}
