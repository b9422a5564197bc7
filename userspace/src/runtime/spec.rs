//! What a container's process is, and what became of it: the files that daemon and shim share.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A container's process as it is to be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// Its network namespace; none: the one that the daemon runs in.
    pub netns: Option<PathBuf>,
    /// The directory whose files it sees in place of the host's: its own, or that of the container
    /// whose namespace it shares; none: it sees the host's.
    #[serde(default)]
    pub files: Option<PathBuf>,
    /// Its host name.
    pub hostname: String,
    /// Program and arguments; at least one.
    pub command: Vec<String>,
    /// `KEY=VALUE`, added to PATH, HOSTNAME and HOME.
    pub env: Vec<String>,
}

/// One more command inside a running container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecSpec {
    /// Program and arguments; at least one.
    pub command: Vec<String>,
    /// `KEY=VALUE`, added to the container's own environment.
    pub env: Vec<String>,
}

/// A process that has been started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Process id of the command.
    pub pid: u32,
    /// Process id of the shim that is its parent.
    pub shim_pid: u32,
    /// When the shim began, in clock ticks since boot: tells it from a later process with its id (proc_pid_stat(5)).
    pub shim_started: u64,
    /// When the command began, seconds since 1970 UTC.
    pub started: u64,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The command's status; 128+n for signal n; 126/127 where it could not be executed.
    pub code: i32,
    /// Seconds since 1970 UTC.
    pub finished: u64,
}

/// The one line that a shim says to the daemon that started it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Report {
    /// The command runs.
    Started(Running),
    /// The command could not be executed.
    NotExecuted {
        /// What the kernel said.
        why: String,
        /// 126 or 127.
        code: i32,
    },
    /// Something before it failed.
    Failed(String),
}

/// Seconds since 1970 UTC.
pub(super) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
