//! What goes over the API: requests, answers, and inspections with Docker's key names.

use std::{collections::BTreeMap, net::Ipv4Addr, path::PathBuf};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::model::{Driver, Mac};

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// One line that names the thing and the way out.
    pub message: String,
    /// For `start` and `exec`: 126 where the command cannot be executed, 127 where it is not found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
}

/// Query of every changing request: how long to wait until all live nodes have applied the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Seconds; 0 does not wait.
    #[serde(default = "Wait::default_seconds")]
    pub timeout: u64,
}

impl Wait {
    const fn default_seconds() -> u64 {
        30
    }
}

impl Default for Wait {
    fn default() -> Self {
        Self { timeout: Self::default_seconds() }
    }
}

/// The answer to a request that made something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// The new thing's id.
    pub id: String,
    /// Nodes that had not applied the change when the time was over; the change stands.
    #[serde(default)]
    pub laggards: Vec<String>,
}

/// The answer to a request that changed or removed something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Nodes that had not applied the change when the time was over; the change stands.
    #[serde(default)]
    pub laggards: Vec<String>,
}

/// `network create`. Lists are as given; the daemon matches ranges, gateways and auxiliary
/// addresses to the subnets that contain them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkCreate {
    /// Name.
    pub name: String,
    /// What carries it.
    pub driver: Driver,
    /// `--subnet`; one from the pool if none.
    #[serde(default)]
    pub subnets: Vec<Ipv4Net>,
    /// `--ip-range`.
    #[serde(default)]
    pub ip_ranges: Vec<Ipv4Net>,
    /// `--gateway`.
    #[serde(default)]
    pub gateways: Vec<Ipv4Addr>,
    /// `--aux-address NAME=IP`.
    #[serde(default)]
    pub aux_addresses: BTreeMap<String, Ipv4Addr>,
    /// `--internal`.
    #[serde(default)]
    pub internal: bool,
    /// `-o KEY=VALUE`.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// `--label KEY=VALUE`.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// One `--network` with the options that belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Its networks, in the order of eth0, eth1, …; may be empty (`--network none`).
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
    /// `--rm`.
    #[serde(default)]
    pub remove_on_exit: bool,
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

/// A network as `network inspect` prints it; its keys are Docker's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct NetworkInspect {
    pub name: String,
    pub id: String,
    /// RFC 3339, UTC.
    pub created: String,
    /// `global` for overlay, `local` for bridge.
    pub scope: String,
    pub driver: String,
    #[serde(rename = "EnableIPv6")]
    pub enable_ipv6: bool,
    #[serde(rename = "IPAM")]
    pub ipam: IpamInspect,
    pub internal: bool,
    pub attachable: bool,
    pub ingress: bool,
    /// By container id.
    pub containers: BTreeMap<String, NetworkContainer>,
    /// With `com.docker.network.driver.overlay.vxlanid_list` as Docker shows it.
    pub options: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
}

/// How addresses of a network are handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct IpamInspect {
    pub driver: String,
    pub options: BTreeMap<String, String>,
    pub config: Vec<IpamConfig>,
}

/// One subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct IpamConfig {
    pub subnet: String,
    #[serde(rename = "IPRange", default, skip_serializing_if = "Option::is_none")]
    pub ip_range: Option<String>,
    pub gateway: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub auxiliary_addresses: BTreeMap<String, String>,
}

/// A container in `network inspect`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct NetworkContainer {
    pub name: String,
    #[serde(rename = "EndpointID")]
    pub endpoint_id: String,
    pub mac_address: String,
    /// With prefix length.
    #[serde(rename = "IPv4Address")]
    pub ipv4_address: String,
    #[serde(rename = "IPv6Address")]
    pub ipv6_address: String,
    /// The node's name (ours; Docker has none).
    pub node: String,
}

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

/// A container's network side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkSettings {
    /// Path of the network namespace.
    pub sandbox_key: String,
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

/// A node as `node ls` and `node inspect` print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "each says itself")]
pub struct NodeInspect {
    #[serde(rename = "ID")]
    pub id: String,
    pub name: String,
    /// `Ready` or `Down`.
    pub status: String,
    /// `Active` or `Drain`.
    pub availability: String,
    pub address: String,
    pub version: String,
    /// Store revision that its dataplane holds; 0 if it never said.
    pub applied_revision: u64,
    /// True for the node that answers.
    #[serde(rename = "Self")]
    pub is_self: bool,
}

/// `status`: the answering node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "each says itself")]
pub struct Status {
    pub node: NodeInspect,
    /// `embedded`, or etcd's endpoints.
    pub store: String,
    /// False while the store cannot be reached.
    pub store_connected: bool,
    pub store_revision: u64,
    pub uplink: String,
    /// Bytes.
    pub underlay_mtu: u32,
    pub vxlan_port: u16,
    pub networks: u64,
    pub containers: u64,
    pub endpoints: u64,
    /// Packets by road, named as in metrics.
    pub counters: BTreeMap<String, u64>,
    /// Packets dropped by reason, named as in metrics; only those that are not zero.
    pub drops: BTreeMap<String, u64>,
    /// For each of `drops`, what it means.
    pub drop_reasons: BTreeMap<String, String>,
    /// Use of each map: entries and the most it takes.
    pub maps: BTreeMap<String, MapUse>,
}

/// How full a map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MapUse {
    /// Entries in it.
    pub used: u64,
    /// The most it takes.
    pub capacity: u64,
}

/// `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Version {
    /// The daemon's version.
    pub version: String,
    /// Version of the map layout.
    pub map_layout: String,
    /// The kernel's release.
    pub kernel: String,
}
