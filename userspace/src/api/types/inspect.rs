//! Containers as they are shown, with Docker's key names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A container as `inspect` prints it; its keys are Docker's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct ContainerInspect {
    pub id: String,
    pub name: String,
    /// RFC 3339, UTC.
    pub created: String,
    pub path: String,
    pub args: Vec<String>,
    pub state: StateInspect,
    pub config: ConfigInspect,
    #[serde(default)]
    pub host_config: HostConfigInspect,
    pub log_path: String,
    pub network_settings: NetworkSettings,
    /// The node's name (ours; Docker has none).
    pub node: String,
}

/// What a container is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct StateInspect {
    /// `created`, `running`, `exited`.
    pub status: String,
    pub running: bool,
    pub pid: u32,
    pub exit_code: i32,
    /// RFC 3339, UTC; empty if it never started.
    pub started_at: String,
    /// RFC 3339, UTC; empty while it runs.
    pub finished_at: String,
}

/// What a container was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct ConfigInspect {
    pub hostname: String,
    pub env: Vec<String>,
    pub cmd: Vec<String>,
    pub labels: BTreeMap<String, String>,
}

/// What was said about a container's place on its host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct HostConfigInspect {
    /// `none`, `host`, `container:<id>`, or the name of the first network.
    pub network_mode: String,
    /// By `PORT/PROTOCOL`, also while it does not run.
    pub port_bindings: BTreeMap<String, Vec<PortBinding>>,
    pub auto_remove: bool,
    pub dns: Vec<String>,
    pub dns_search: Vec<String>,
    pub dns_options: Vec<String>,
    pub extra_hosts: Vec<String>,
}

/// Where a container's port is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct PortBinding {
    pub host_ip: String,
    pub host_port: String,
}

/// A container's network side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkSettings {
    /// Path of the network namespace.
    pub sandbox_key: String,
    /// By `PORT/PROTOCOL`: where it is published; none for one that is only exposed.
    #[serde(default)]
    pub ports: BTreeMap<String, Option<Vec<PortBinding>>>,
    /// By network name.
    pub networks: BTreeMap<String, EndpointInspect>,
}

/// One endpoint of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct EndpointInspect {
    #[serde(rename = "NetworkID")]
    pub network_id: String,
    #[serde(rename = "EndpointID")]
    pub endpoint_id: String,
    pub gateway: String,
    #[serde(rename = "IPAddress")]
    pub ip_address: String,
    #[serde(rename = "IPPrefixLen")]
    pub ip_prefix_len: u8,
    pub mac_address: String,
    pub aliases: Vec<String>,
    /// The container interface's name (ours).
    pub interface: String,
    /// The host-side interface's name (ours).
    pub host_interface: String,
}
