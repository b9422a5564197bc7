//! Threads that answer: each has its own event loop, so that no query crosses threads.

use std::{io, thread};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// One of the threads; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Shard {
    handle: Handle,
    /// Its end is the thread's.
    _lives: oneshot::Sender<()>,
}

impl Shard {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where no thread or no event loop can be had.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (lives, ended) = oneshot::channel();
        let work = move || {
            // Only its end matters.
            let _ = runtime.block_on(ended);
        };
        thread::Builder::new().name("dns".to_owned()).spawn(work)?;
        Ok(Self { handle, _lives: lives })
    }

    /// Its event loop.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}
