//! Nodes and the daemon itself, as they are shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Availability;

/// A node as `node ls` and `node inspect` print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "each says itself")]
pub struct NodeInspect {
    #[serde(rename = "ID")]
    pub id: String,
    pub name: String,
    /// `Ready`, `Drained`, or `Down` without a sign of life.
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

/// `POST /v1/nodes/{name}/update`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeUpdate {
    /// Whether it takes new work.
    pub availability: Availability,
}

/// `status`: the answering node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "each says itself")]
pub struct Status {
    pub node: NodeInspect,
    /// `embedded`, or etcd's endpoints.
    pub store: String,
    /// False while the store cannot be followed.
    pub store_connected: bool,
    /// Why it is not followed; empty while it is.
    #[serde(default)]
    pub store_failure: String,
    pub store_revision: u64,
    /// Why the dataplane is not as it should be: what its tables have no room for, or what the kernel refuses.
    /// Empty where it is.
    #[serde(default)]
    pub dataplane_failure: String,
    /// Keys of records that this node cannot read: what it knew of them before stays in force.
    #[serde(default)]
    pub store_unreadable: Vec<String>,
    pub uplink: String,
    /// What is wrong with it; empty where all is well.
    #[serde(default)]
    pub uplink_failure: String,
    /// Bytes.
    pub underlay_mtu: u32,
    pub vxlan_port: u16,
    /// By whom the uplink's frames are met before TCX sees them: `native` or `generic` XDP; `off`: by nobody.
    #[serde(rename = "XDP")]
    pub xdp: String,
    /// Why it is no better one; empty where there is none.
    #[serde(rename = "XDPReason")]
    pub xdp_reason: String,
    pub networks: u64,
    pub containers: u64,
    pub endpoints: u64,
    /// Packets by road, named as in metrics.
    pub counters: BTreeMap<String, u64>,
    /// Packets dropped by reason, named as in metrics; only those that are not zero.
    pub drops: BTreeMap<String, u64>,
    /// For each of `drops`, what it means.
    pub drop_reasons: BTreeMap<String, String>,
    /// Whether what is in the kernel is what should be.
    #[serde(default)]
    pub audit: AuditStatus,
    /// Use of each map: entries and the most it takes.
    pub maps: BTreeMap<String, MapUse>,
}

/// The comparison of maps and interfaces with what they should be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuditStatus {
    /// When it was last made, RFC 3339; empty before the first time.
    pub last: String,
    /// How many differences were found, and put right, then.
    pub differences: u64,
    /// How many since the daemon started, by kind; only those that are not zero.
    pub repairs: BTreeMap<String, u64>,
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
