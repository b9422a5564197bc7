//! What can go wrong with namespaces and processes, each in one line.

use std::{fmt::Display, io, path::PathBuf};

/// A failure of the runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Nothing is at the path of a namespace any more.
    #[error("network namespace {0} is gone: create it again, or detach what was attached to it")]
    NetnsGone(PathBuf),
    /// The path names something else.
    #[error("{0} is not a network namespace: give a path such as /run/netns/NAME, or --pid PID")]
    NotANetns(PathBuf),
    /// No such process.
    #[error("no process has the id {0}: give the id of a running process")]
    NoProcess(u32),
    /// The namespace of the daemon itself cannot be attached.
    #[error("{0} is the network namespace that causewayd runs in: attach another one")]
    OwnNetns(PathBuf),
    /// No cgroup v2 hierarchy is mounted.
    #[error("no cgroup2 filesystem is mounted: mount one, e.g. mount -t cgroup2 none /sys/fs/cgroup")]
    NoCgroup2,
    /// The process has ended, or has not begun.
    #[error("the container is not running")]
    NotRunning,
    /// The process still runs.
    #[error("the container is still running: stop it first")]
    StillRunning,
    /// A signal's number that the kernel does not know.
    #[error("{0} is not a signal's number")]
    BadSignal(i32),
    /// A command that could not be executed; `code` is 127 where it was not found, else 126.
    #[error("cannot run '{command}': {why}")]
    Exec {
        /// The program as given.
        command: String,
        /// What the kernel said.
        why: String,
        /// Exit status to hand on: 126 or 127 as `docker run`.
        code: i32,
    },
    /// The supervising process failed before the command could be started.
    #[error("cannot start the container: {0}")]
    Start(String),
    /// A keeper was there, and does not answer now.
    #[error(
        "the keeper at {socket} does not answer ({source}): start it (systemctl start causeway-keeper, or \
         causewayd keeper); to do without one, stop causewayd, remove the socket and start it unconfined"
    )]
    KeeperAway {
        /// Its socket.
        socket: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// What the keeper said, or did not say.
    #[error("{0}")]
    Keeper(String),
    /// A system call failed.
    #[error("cannot {action}: {source}")]
    System {
        /// What was tried, and on what.
        action: String,
        /// What the kernel said.
        source: io::Error,
    },
}

impl RuntimeError {
    /// The exit status that `run` and `exec` hand on: 126/127 where the command was at fault.
    pub fn exit_code(&self) -> Option<i32> {
        match self {
            Self::Exec { code, .. } => Some(*code),
            _ => None,
        }
    }
}

/// Turns a system call's failure into a line that says what was tried.
pub(crate) trait Doing<T> {
    /// Adds `action`, which continues the sentence "cannot …".
    fn doing<A: Display>(self, action: impl FnOnce() -> A) -> Result<T, RuntimeError>;
}

impl<T, E: Into<io::Error>> Doing<T> for Result<T, E> {
    fn doing<A: Display>(self, action: impl FnOnce() -> A) -> Result<T, RuntimeError> {
        self.map_err(|source| RuntimeError::System { action: action().to_string(), source: source.into() })
    }
}
