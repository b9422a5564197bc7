//! Parts of the store: what a node follows, or does not.

use std::fmt;

use crate::model::Id;

/// A part of the store, which is followed as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Networks, nodes, services: what every node knows.
    Cluster,
    /// What one node alone has to know: its containers.
    Node(Id),
    /// What the nodes have to know that take part in a network: its endpoints, its services' backends.
    Network(Id),
    /// Backends that every node has to know: those of services that every node publishes.
    Mesh,
}

impl Part {
    /// What the part's keys begin with.
    pub fn prefix(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("cluster/"),
            Self::Node(id) => write!(f, "node/{id}/"),
            Self::Network(id) => write!(f, "network/{id}/"),
            Self::Mesh => f.write_str("mesh/"),
        }
    }
}
