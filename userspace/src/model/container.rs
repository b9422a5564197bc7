//! Containers: anything in a network namespace of its own that is attached.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Docker, Files, Id, Protocol, PublishedRange, Stage};

/// The network namespace of whoever opens it: the node's own, where the daemon does.
pub const HOST_NETNS: &str = "/proc/self/ns/net";

/// A label that makes a container a backend of the service that it names.
pub const SERVICE_LABEL: &str = "causeway.service";

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
    /// The network namespace: `/run/netns/cw-<short id>` for `run`, the given path for `attach`, that of
    /// the other for `container:NAME`, [`HOST_NETNS`] for `host`.
    pub netns: PathBuf,
    /// What it is doing.
    pub state: ContainerState,
    /// `--label KEY=VALUE`.
    pub labels: BTreeMap<String, String>,
    /// Removed as soon as its process ends (`run --rm`).
    pub remove_on_exit: bool,
    /// Whose network namespace it has.
    #[serde(default)]
    pub network_mode: NetworkMode,
    /// Its published ports; the host's are taken until it has exited.
    #[serde(default)]
    pub published: Vec<PublishedRange>,
    /// Its ports that `--expose` names: first port, last port, protocol.
    #[serde(default)]
    pub exposed: Vec<(u16, u16, Protocol)>,
    /// What was said about its `/etc/resolv.conf` and `/etc/hosts`.
    #[serde(default)]
    pub files: Files,
    /// The services that it is a backend of (`--service`, or the label [`SERVICE_LABEL`]).
    #[serde(default)]
    pub services: Vec<Id>,
    /// The networks that it has endpoints in: its node follows them.
    #[serde(default)]
    pub networks: Vec<Id>,
    /// What Docker's engine has said of it; none for one that is not the engine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker: Option<Docker>,
}

/// Where the container with a name is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its node.
    pub node: Id,
    /// Its id.
    pub container: Id,
}

impl Container {
    /// Whether the namespace was made for it, and goes with it: not where it was only attached, nor
    /// where it is the host's or another container's.
    pub const fn owns_netns(&self) -> bool {
        self.process.is_some() && matches!(self.network_mode, NetworkMode::Attached | NetworkMode::None)
    }

    /// Whether it is one of Docker's whose sandbox an endpoint has joined; the others of Docker's only hold an
    /// address so far, or again.
    pub fn is_in_sandbox(&self) -> bool {
        self.docker.as_ref().is_some_and(|docker| docker.stage == Stage::Joined)
    }

    /// Whether its published ports are the host's no longer.
    pub const fn has_exited(&self) -> bool {
        matches!(self.state, ContainerState::Exited { .. })
    }
}

/// Whose network namespace a container has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// Its own, attached to networks.
    #[default]
    Attached,
    /// Its own, with nothing but `lo` (`--network none`).
    None,
    /// The host's.
    Host,
    /// That of the container with this id.
    Container(Id),
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
