//! A container's process as the daemon handles it, also when a former daemon started it.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::Stream;
use tokio::{task, time};

use super::{
    cgroup::Cgroup,
    dir::Dir,
    error::{Doing, RuntimeError},
    keeper::Keeper,
    log::{self, LogStream},
    pidfd,
    spec::{Exit, Running, now},
};
use crate::model::Id;

/// The status of a container whose shim was killed: 128 + SIGKILL, which then ends all of it.
const KILLED: i32 = 137;

/// The process of one container; what is known of it stands in its directory.
#[derive(Clone, Debug)]
pub struct Container {
    pub(super) dir: Dir,
    pub(super) short_id: String,
    /// The program that knows the verb `shim`.
    pub(super) shim: PathBuf,
    /// Who starts its processes, if not the caller.
    pub(super) keeper: Keeper,
}

impl Container {
    /// The container `id`, whose directory is made below `containers` (`<state>/containers`).
    pub fn new(containers: &Path, id: &Id) -> Self {
        Self {
            dir: Dir::new(containers.join(id.as_str())),
            short_id: id.short().to_owned(),
            shim: PathBuf::from("/proc/self/exe"),
            keeper: Keeper::default(),
        }
    }

    /// The container whose directory this is.
    ///
    /// # Errors
    /// Where the directory is called after no container.
    pub(super) fn at(dir: &Path) -> Result<Self, RuntimeError> {
        let id = dir.file_name().and_then(|name| Id::parse(name.to_str()?));
        let wrong = || RuntimeError::Keeper(format!("{} is no container's directory", dir.display()));
        Ok(Self::new(dir.parent().unwrap_or(dir), &id.ok_or_else(wrong)?))
    }

    /// Has its processes started by a keeper, where there is one.
    #[must_use]
    pub fn with_keeper(self, keeper: Keeper) -> Self {
        Self { keeper, ..self }
    }

    /// Uses another program than the caller's own as shim.
    #[must_use]
    pub fn with_shim(self, shim: PathBuf) -> Self {
        Self { shim, ..self }
    }

    /// What runs; none where nothing was started or it has ended.
    ///
    /// # Errors
    /// Where the directory cannot be read.
    pub fn running(&self) -> Result<Option<Running>, RuntimeError> {
        let running = if self.dir.exit()?.is_some() { None } else { self.dir.running()? };
        Ok(running.filter(is_alive))
    }

    /// How it ended; none where it still runs or was never started. For a daemon that comes back:
    /// a container whose shim is gone without a word (killed, or the machine went down) has ended
    /// by then too, and what is left of it is killed.
    ///
    /// # Errors
    /// Where the directory cannot be read or written.
    pub fn exit(&self) -> Result<Option<Exit>, RuntimeError> {
        match (self.dir.exit()?, self.dir.running()?) {
            (Some(exit), _) => Ok(Some(exit)),
            (None, Some(running)) if !is_alive(&running) => self.bury().map(Some),
            _ => Ok(None),
        }
    }

    /// Waits until it has ended, however many wait.
    ///
    /// # Errors
    /// [`RuntimeError::NotRunning`] where it was never started.
    pub async fn wait(&self) -> Result<Exit, RuntimeError> {
        if let Some(exit) = self.exit()? {
            return Ok(exit);
        }
        let running = self.dir.running()?.ok_or(RuntimeError::NotRunning)?;
        if let Some(shim) = pidfd::open(running.shim_pid).filter(|_| is_alive(&running)) {
            pidfd::ended(shim).await?;
        }
        let this = self.clone();
        blocking(move || this.dir.exit()?.map_or_else(|| this.bury(), Ok)).await
    }

    /// Waits until the main process has ended, whatever it left behind; false where that cannot be told,
    /// or it had ended before.
    pub async fn main_ended(&self) -> bool {
        match self.main_process() {
            Ok(process) => pidfd::ended(process).await.is_ok(),
            Err(_) => false,
        }
    }

    /// Sends `signal` to the main process.
    ///
    /// # Errors
    /// [`RuntimeError::NotRunning`], [`RuntimeError::BadSignal`].
    pub fn kill(&self, signal: i32) -> Result<(), RuntimeError> {
        pidfd::send(&self.main_process()?, signal)
    }

    /// Asks the main process to end (TERM); after `grace` kills everything that the container
    /// forked. Done when all is gone. No error where it had ended before.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub async fn stop(&self, grace: Duration) -> Result<(), RuntimeError> {
        if self.running()?.is_none() {
            // Also what a killed shim left is cleared away.
            return self.exit().map(drop);
        }
        match self.kill(libc::SIGTERM) {
            // Between its end and the note of it.
            Ok(()) | Err(RuntimeError::NotRunning) => {}
            Err(other) => return Err(other),
        }
        if let Ok(ended) = time::timeout(grace, self.wait()).await {
            return ended.map(drop);
        }
        Cgroup::of(&self.short_id)?.kill()?;
        self.wait().await.map(drop)
    }

    /// Ends all that is left of it, also where it was being started and nothing is written down of that: what
    /// is in its control group. A shim that has not come so far ends by itself once the directory is removed.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub async fn end(&self) -> Result<(), RuntimeError> {
        self.stop(Duration::ZERO).await?;
        let group = Cgroup::of(&self.short_id)?;
        blocking(move || group.destroy(|| ())).await
    }

    /// All output so far; with `follow` also what comes, until the process has ended. May be called
    /// before the start.
    ///
    /// # Errors
    /// Where the directory cannot be made or no thread can be started.
    pub fn logs(
        &self,
        follow: bool,
    ) -> Result<impl Stream<Item = io::Result<(LogStream, Bytes)>> + Send + Unpin + use<>, RuntimeError> {
        self.dir.create()?;
        log::stream(self.dir.clone(), follow).doing(|| "read the container's output")
    }

    /// Removes the directory with log and status.
    ///
    /// # Errors
    /// [`RuntimeError::StillRunning`].
    pub fn remove(&self) -> Result<(), RuntimeError> {
        if self.running()?.is_some() {
            return Err(RuntimeError::StillRunning);
        }
        self.exit()?;
        self.outlive_shim()?;
        self.dir.remove()
    }

    /// The shim's last act is to write how it ended; its control group is empty only a moment later.
    fn outlive_shim(&self) -> Result<(), RuntimeError> {
        let deadline = Instant::now() + Duration::from_secs(1);
        while self.dir.running()?.as_ref().is_some_and(is_alive) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// A descriptor of the main process, which is checked to be the container's.
    pub(super) fn main_process(&self) -> Result<std::os::fd::OwnedFd, RuntimeError> {
        let running = self.running()?.ok_or(RuntimeError::NotRunning)?;
        let process = pidfd::open(running.pid).ok_or(RuntimeError::NotRunning)?;
        // Asked of the open process: its id cannot have changed hands since.
        let ours = Cgroup::of(&self.short_id)?.holds(running.pid);
        if ours { Ok(process) } else { Err(RuntimeError::NotRunning) }
    }

    /// Ends what a killed shim left, and writes down that it is over.
    fn bury(&self) -> Result<Exit, RuntimeError> {
        Cgroup::of(&self.short_id)?.destroy(|| ())?;
        // The shim may have written after all: its word counts.
        if let Some(exit) = self.dir.exit()? {
            return Ok(exit);
        }
        let exit = Exit { code: KILLED, finished: now() };
        self.dir.write_exit(&exit)?;
        Ok(exit)
    }
}

/// True while the shim lives; the id may by now be another process's.
fn is_alive(running: &Running) -> bool {
    pidfd::start_time(running.shim_pid) == Some(running.shim_started)
}

/// Runs what may sleep away from the workers of the daemon.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RuntimeError> + Send + 'static,
) -> Result<T, RuntimeError> {
    task::spawn_blocking(work).await.doing(|| "finish a task")?
}
