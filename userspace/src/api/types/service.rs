//! Services: requests, and inspections with Docker's key names.

use std::{collections::BTreeMap, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::model::{Balance, PortMode, Protocol, ReturnPath};

/// `POST /v1/services?timeout=30` -> [`super::Created`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceCreate {
    /// Name.
    pub name: String,
    /// `--network`; none: no VIP and no name, only published ports.
    #[serde(default)]
    pub network: Option<String>,
    /// `--endpoint-mode`.
    #[serde(default)]
    pub endpoint_mode: EndpointMode,
    /// `--balance`.
    #[serde(default)]
    pub balance: Balance,
    /// `--local-first`.
    #[serde(default)]
    pub local_first: bool,
    /// `--affinity client-ip[=SECONDS]`.
    #[serde(default)]
    pub affinity_seconds: Option<u32>,
    /// `-p`.
    #[serde(default)]
    pub ports: Vec<ServicePublish>,
    /// `--source CIDR`: who may reach the ports; empty: everyone.
    #[serde(default)]
    pub sources: Vec<Ipv4Net>,
    /// `--address CIDR`: at which of the nodes' addresses they are; empty: at all of them.
    #[serde(default)]
    pub addresses: Vec<Ipv4Net>,
    /// `--return-path`.
    #[serde(default)]
    pub return_path: ReturnPath,
    /// `--health-tcp PORT`.
    #[serde(default)]
    pub health_tcp: Option<u16>,
    /// `--label KEY=VALUE`.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// Where a service's name leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointMode {
    /// To its virtual address.
    #[default]
    Vip,
    /// To its backends.
    Dnsrr,
}

/// `-p [published=]P,target=T,protocol=tcp|udp,mode=ingress|host`, or `[PUBLISHED:]TARGET[/PROTO]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePublish {
    /// The nodes' port; the daemon chooses one of 30000–32767 if none.
    #[serde(default)]
    pub published: Option<u16>,
    /// The backends' port.
    pub target: u16,
    /// tcp or udp.
    pub protocol: Protocol,
    /// On which nodes.
    #[serde(default)]
    pub mode: PortMode,
}

/// `POST /v1/services/{name}/update?timeout=30` -> [`super::Changed`]. What is none or empty stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceUpdate {
    /// `--endpoint-mode`.
    pub endpoint_mode: Option<EndpointMode>,
    /// `--balance`.
    pub balance: Option<Balance>,
    /// `--local-first[=false]`.
    pub local_first: Option<bool>,
    /// `--affinity`: seconds; 0 for `none`.
    pub affinity_seconds: Option<u32>,
    /// `--return-path`.
    pub return_path: Option<ReturnPath>,
    /// `--health-tcp`; 0 for `none`.
    pub health_tcp: Option<u16>,
    /// `--publish-add`.
    pub publish_add: Vec<ServicePublish>,
    /// `--source CIDR`: who may reach the ports that are added; where none is, all its ports.
    pub sources: Vec<Ipv4Net>,
    /// `--address CIDR`: at which of the nodes' addresses those ports are.
    pub addresses: Vec<Ipv4Net>,
    /// `--publish-rm TARGET[/PROTO]`, as in Docker the backends' port.
    pub publish_rm: Vec<(u16, Protocol)>,
    /// `--weight BACKEND=N`, the backend by its container's name or id.
    pub weights: BTreeMap<String, u16>,
    /// `--drain BACKEND`.
    pub drain: Vec<String>,
    /// `--undrain BACKEND`.
    pub undrain: Vec<String>,
    /// `--label-add KEY=VALUE`.
    pub label_add: BTreeMap<String, String>,
    /// `--label-rm KEY`.
    pub label_rm: Vec<String>,
}

/// A service as `service inspect` prints it; its keys are Docker's where Docker has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct ServiceInspect {
    #[serde(rename = "ID")]
    pub id: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
    pub spec: ServiceSpec,
    pub endpoint: ServiceEndpoint,
    /// Who is behind it, ordered by name (ours; Docker has `service ps`).
    pub backends: Vec<BackendInspect>,
}

/// What a service was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct ServiceSpec {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub endpoint_spec: EndpointSpec,
    /// Name of the network that it has its address and its name in (ours, as all below).
    pub network: Option<String>,
    /// `maglev` or `random`.
    pub balance: Balance,
    pub local_first: bool,
    /// Seconds.
    pub affinity: Option<u32>,
    pub return_path: ReturnPath,
    #[serde(rename = "HealthTCP")]
    pub health_tcp: Option<u16>,
}

/// How a service is reached, as it was wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct EndpointSpec {
    pub mode: EndpointMode,
    pub ports: Vec<PortConfig>,
}

/// How a service is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct ServiceEndpoint {
    pub spec: EndpointSpec,
    pub ports: Vec<PortConfig>,
    #[serde(rename = "VirtualIPs")]
    pub virtual_ips: Vec<VirtualIp>,
}

/// One published port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct PortConfig {
    pub protocol: Protocol,
    pub target_port: u16,
    pub published_port: u16,
    pub publish_mode: PortMode,
    /// Who may reach it (`--source`), which Docker does not have; everyone where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Ipv4Net>,
    /// At which of the nodes' addresses it is (`--address`), likewise; at all of them where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Ipv4Net>,
}

/// A service's address in its network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct VirtualIp {
    #[serde(rename = "NetworkID")]
    pub network_id: String,
    /// With prefix length 32.
    #[serde(rename = "Addr")]
    pub addr: String,
}

/// A backend, also a line of `service ps` (`GET /v1/services/{name}/backends`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackendInspect {
    /// The container's id.
    #[serde(rename = "ContainerID")]
    pub container_id: String,
    /// The container's name.
    pub name: String,
    /// The node's name.
    pub node: String,
    /// Its address in the service's network.
    #[serde(rename = "IPAddress")]
    pub ip_address: Ipv4Addr,
    /// `starting`, `active` or `draining`.
    pub state: String,
    /// Its share relative to the others'.
    pub weight: u16,
}
