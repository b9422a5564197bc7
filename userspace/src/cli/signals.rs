//! Signals that are meant for the command in the container, not for us.

use std::io;

use futures::{Stream, StreamExt, stream::select_all};
use tokio::signal::unix::{SignalKind, signal};

/// The signals that are passed on. Once this exists they no longer end this process.
pub(super) struct Signals {
    each: Box<dyn Stream<Item = i32> + Unpin>,
}

impl Signals {
    /// Takes INT, TERM, HUP and QUIT over.
    ///
    /// # Errors
    /// Where the kernel does not let us.
    pub(super) fn take() -> io::Result<Self> {
        let kinds =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()];
        let streams = kinds.map(stream_of).into_iter().collect::<io::Result<Vec<_>>>()?;
        Ok(Self { each: Box::new(select_all(streams)) })
    }

    /// The number of the next that comes. Safe to cancel.
    pub(super) async fn next(&mut self) -> i32 {
        match self.each.next().await {
            Some(number) => number,
            None => std::future::pending().await,
        }
    }
}

fn stream_of(kind: SignalKind) -> io::Result<impl Stream<Item = i32> + Unpin> {
    let number = kind.as_raw_value();
    let signal = signal(kind)?;
    let next = move |mut signal: tokio::signal::unix::Signal| async move {
        signal.recv().await.map(|()| (number, signal))
    };
    Ok(Box::pin(futures::stream::unfold(signal, next)))
}
