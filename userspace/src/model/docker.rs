//! Containers that Docker's engine runs.

use serde::{Deserialize, Serialize};

use super::Id;

/// What Docker's engine has said of a container. The engine hands out an address first, makes an endpoint of it,
/// and names the sandbox that it goes into last: until then the record holds a single endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Docker {
    /// How far it is.
    pub stage: Stage,
    /// Docker's id of the container, once the engine was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The endpoint that the engine has chosen as the way out, to which published ports lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Id>,
}

/// How far the engine is with a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// An address is handed out, for whom is not said yet, or no longer.
    #[default]
    Reserved,
    /// The engine has an endpoint with the address.
    Made,
    /// The endpoint is in a sandbox, whose namespace the record names.
    Joined,
}
