//! What every noun's requests and answers have in common.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The longest that anything is waited for: a year. Much later times no clock knows.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

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

    /// As a duration, which a clock can be set ahead by.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.timeout).min(LONGEST)
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

/// The answer to `POST /v1/networks/prune`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruned {
    /// Names of the networks that were removed.
    pub networks: Vec<String>,
    /// Nodes that had not applied the change when the time was over; the change stands.
    #[serde(default)]
    pub laggards: Vec<String>,
}
