//! Containers: anything in a network namespace of its own that is attached.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::Id;

/// A container as the store holds it; written by its own node only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its identifier.
    pub id: Id,
    /// Its name, unique in the cluster.
    pub name: String,
    /// The node that it lives on.
    pub node: Id,
    /// When it was created, seconds since 1970 UTC.
    pub created: u64,
    /// The process that `causeway run` started; none for a namespace that was only attached.
    pub process: Option<Process>,
    /// The network namespace: `/run/netns/cw-<short id>` for `run`, the given path for `attach`.
    pub netns: PathBuf,
    /// What it is doing.
    pub state: ContainerState,
    /// `--label KEY=VALUE`.
    pub labels: BTreeMap<String, String>,
    /// Removed as soon as its process ends (`run --rm`).
    pub remove_on_exit: bool,
}

/// What `causeway run` starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Program and arguments; at least one.
    pub command: Vec<String>,
    /// `-e KEY=VALUE`, added to a minimal environment (PATH, HOSTNAME, HOME).
    pub env: Vec<String>,
    /// Host name in its UTS namespace.
    pub hostname: String,
}

/// What a container is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum ContainerState {
    /// Recorded; its interfaces or its process are not there yet.
    Created,
    /// Its process runs, or its namespace is attached.
    Running {
        /// Process id of the command in the host's pid namespace; 0 for an attached namespace.
        pid: u32,
        /// Seconds since 1970 UTC.
        started: u64,
    },
    /// Its process has ended; its endpoints are gone.
    Exited {
        /// The command's status; 128+n for signal n; 126/127 where it could not be executed.
        code: i32,
        /// Seconds since 1970 UTC.
        finished: u64,
    },
}
