//! Networks: requests, and inspections with Docker's key names.

use std::{collections::BTreeMap, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::Attach;
use crate::model::Driver;

/// `network create`. Lists are as given; the daemon matches ranges, gateways and auxiliary
/// addresses to the subnets that contain them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// `POST /v1/networks/{name}/connect?timeout=30` -> [`super::Changed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConnect {
    /// Name or id of the container.
    pub container: String,
    /// Address, MAC and aliases; [`Attach::network`] is empty or says the same as the path.
    pub attach: Attach,
}

/// `POST /v1/networks/{name}/disconnect?timeout=30` -> [`super::Changed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkDisconnect {
    /// Name or id of the container.
    pub container: String,
    /// Also where the container lives on a node that is down.
    #[serde(default)]
    pub force: bool,
}

/// `POST /v1/networks/prune?timeout=30` -> [`super::Pruned`]: which of the networks that nobody is in go;
/// all of them where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPrune {
    /// Those that have all these labels: `KEY`, or `KEY=VALUE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Those that have none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_labels: Vec<String>,
    /// Those created before this time, seconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_before: Option<u64>,
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
    /// The services that have their name in it, by name; Docker shows them with `--verbose`.
    #[serde(default)]
    pub services: BTreeMap<String, NetworkService>,
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

/// A service in `network inspect`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkService {
    /// Empty where its name leads straight to the tasks.
    #[serde(rename = "VIP")]
    pub vip: String,
    /// Such as `Target: 80, Publish: 8080`.
    pub ports: Vec<String>,
    /// Its backends.
    pub tasks: Vec<NetworkTask>,
}

/// A backend in `network inspect`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "Docker's key names, documented by Docker")]
pub struct NetworkTask {
    pub name: String,
    #[serde(rename = "EndpointID")]
    pub endpoint_id: String,
    #[serde(rename = "EndpointIP")]
    pub endpoint_ip: String,
    /// `Host IP`: the underlay address of its node.
    pub info: BTreeMap<String, String>,
}
