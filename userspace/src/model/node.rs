//! Nodes: hosts that run `causewayd`.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::Id;

/// A node as the store holds it. Whether it lives is another key, under its lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Random, kept in the node's state directory: whoever has it is this node.
    pub id: Id,
    /// Its name, unique in the cluster.
    pub name: String,
    /// Its underlay address, unique in the cluster.
    pub vtep: Ipv4Addr,
    /// Version of its daemon.
    pub version: String,
    /// Whether it takes new work.
    pub availability: Availability,
    /// Where its daemon runs: one boot of one machine, and the network namespace in it. The same id from
    /// elsewhere is another daemon with a copy of the state directory.
    #[serde(default)]
    pub machine: String,
}

/// A node's sign of life: it stands in the store as long as the node renews its lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOfLife {
    /// The revision of what every node knows that its dataplane holds.
    pub applied: u64,
    /// The revision of the mesh's backends that its dataplane holds.
    #[serde(default)]
    pub mesh: u64,
}

/// Whether a node takes new work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Availability {
    /// It does.
    #[default]
    Active,
    /// It does not; its backends are drained.
    Drain,
}
