//! Containers: requests.

use std::{collections::BTreeMap, net::Ipv4Addr, path::PathBuf};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::{Expose, PublishRequest};
use crate::model::{Files, Mac};

/// One `--network` with the options that belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attach {
    /// Name or id of the network.
    pub network: String,
    /// `--ip`.
    #[serde(default)]
    pub ip: Option<Ipv4Addr>,
    /// `--mac-address`.
    #[serde(default)]
    pub mac: Option<Mac>,
    /// `--network-alias`.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// `run`: creates a container; its process is started by a request of its own, once the caller follows its output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerCreate {
    /// `--name`; chosen by the daemon if none.
    #[serde(default)]
    pub name: Option<String>,
    /// Whose namespace it has.
    #[serde(default, skip_serializing_if = "Mode::is_attached")]
    pub mode: Mode,
    /// Its networks, in the order of eth0, eth1, …; for [`Mode::Attached`] the default network if empty.
    #[serde(default)]
    pub networks: Vec<Attach>,
    /// Program and arguments.
    pub command: Vec<String>,
    /// `-e KEY=VALUE`.
    #[serde(default)]
    pub env: Vec<String>,
    /// `--hostname`; the short id if none.
    #[serde(default)]
    pub hostname: Option<String>,
    /// `--label KEY=VALUE`.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// `--service`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// `--rm`.
    #[serde(default)]
    pub remove_on_exit: bool,
    /// `-p`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publish: Vec<PublishRequest>,
    /// `-P`: publishes every exposed port that `publish` does not name, on ports that the daemon chooses.
    #[serde(default, skip_serializing_if = "is_false")]
    pub publish_all: bool,
    /// Who may reach what `publish_all` publishes (`--source CIDR`); everyone if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Ipv4Net>,
    /// `--expose`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose: Vec<Expose>,
    /// `--dns`, `--dns-search`, `--dns-option`, `--add-host`.
    #[serde(flatten)]
    pub files: Files,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Whose network namespace a container has (`--network none|host|container:NAME`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Its own, attached to networks.
    #[default]
    Attached,
    /// Its own, with nothing but `lo`.
    None,
    /// The host's.
    Host,
    /// That of the container with this name or id.
    Container(String),
}

impl Mode {
    /// Whether it is attached to networks.
    pub fn is_attached(&self) -> bool {
        *self == Self::Attached
    }
}

/// `attach`: attaches an existing namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerAttach {
    /// Name.
    pub name: String,
    /// What names the namespace.
    #[serde(flatten)]
    pub target: AttachTarget,
    /// Its networks, at least one.
    pub networks: Vec<Attach>,
    /// `--service`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// `--label KEY=VALUE`.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// What names an existing network namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttachTarget {
    /// `--netns PATH`.
    Netns(PathBuf),
    /// `--pid PID`.
    Pid(u32),
}

/// `exec`: the head of the exchange; the rest is frames (`api::stream`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerExec {
    /// Program and arguments.
    pub command: Vec<String>,
    /// `-e KEY=VALUE`.
    #[serde(default)]
    pub env: Vec<String>,
}

/// How a container's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The command's status; 128+n for signal n; 126/127 where it could not be executed.
    pub code: i32,
}
