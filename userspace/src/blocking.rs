//! Work that blocks for a moment.
//!
//! To hand it to another thread and wait for its answer wakes two threads: a tenth of a millisecond on a small
//! machine, which is more than most of this work takes.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::{self, JoinError},
};

/// Does `work` on the calling thread, whose other tasks go on elsewhere meanwhile; on another one where the runtime
/// has but one. What the calling task awaits besides waits, too.
///
/// # Errors
/// Where another thread had to do it, and it panicked there.
pub(crate) async fn at_once<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, JoinError> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
        Ok(task::block_in_place(work))
    } else {
        task::spawn_blocking(work).await
    }
}

#[cfg(test)]
mod tests {
    use super::at_once;

    #[tokio::test]
    async fn a_runtime_of_one_thread_has_another_do_it() {
        let here = std::thread::current().id();
        assert!(at_once(move || std::thread::current().id() != here).await.is_ok_and(|elsewhere| elsewhere));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_runtime_of_several_does_it_here_and_goes_on() {
        let work = || {
            let here = std::thread::current().id();
            let (tell, told) = std::sync::mpsc::channel();
            tokio::spawn(async move { tell.send(()) });
            // The other task's turn comes though this one holds the only worker.
            let went_on = told.recv_timeout(std::time::Duration::from_secs(10)).is_ok();
            (here, went_on)
        };
        let task = tokio::spawn(async move { (std::thread::current().id(), at_once(work).await) });
        let done = task.await.ok().and_then(|(before, done)| Some((before, done.ok()?)));
        assert!(done.is_some_and(|(before, (here, went_on))| before == here && went_on));
    }
}
