//! The log of drops, where the object was built with the feature `trace` (`cargo xtask build
//! --ebpf-log`): one line a dropped packet, through the ring buffer of aya-log.

use std::future::Future;

use aya_log::EbpfLogger;
use tokio::io::unix::AsyncFd;

use super::{Dataplane, Hook};

impl Dataplane {
    /// A task that hands every line to the `log` crate's logger, for as long as it is polled; it must
    /// be asked for within a tokio runtime. `None` where the object has no log.
    pub fn drop_log(&self) -> Option<impl Future<Output = ()> + Send + 'static> {
        let program = self.any_program(Hook::FromContainer.name()).ok()?.info().ok()?;
        let logger = EbpfLogger::init_from_id(program.id()).ok()?;
        // SAFETY: the logger owns its ring buffer's descriptor and keeps the same one until it is dropped.
        let mut logger = unsafe { AsyncFd::register(logger) }.ok()?;
        Some(async move {
            while let Ok(mut ready) = logger.readable_mut().await {
                ready.get_inner_mut().flush();
                ready.clear_ready();
            }
        })
    }
}
