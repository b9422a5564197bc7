//! What stands behind the question mark of a request.

use serde::Deserialize;

use super::Wait;

/// Query of `GET /v1/containers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Which {
    /// Also those that do not run.
    #[serde(default)]
    pub all: bool,
}

/// Query of a removal of a container or a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Removal {
    /// Also where a container runs, or a node has containers.
    #[serde(default)]
    pub force: bool,
    /// As in [`Wait`].
    pub timeout: Option<u64>,
}

impl Removal {
    /// How long to wait.
    pub fn wait(self) -> Wait {
        wait(self.timeout)
    }
}

/// Query of `POST /v1/containers/{name}/stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Stop {
    /// Seconds between TERM and KILL.
    #[serde(default = "Stop::ten")]
    pub t: u64,
    /// As in [`Wait`].
    pub timeout: Option<u64>,
}

impl Stop {
    const fn ten() -> u64 {
        10
    }

    /// How long to wait.
    pub fn wait(self) -> Wait {
        wait(self.timeout)
    }
}

/// Query of `POST /v1/containers/{name}/kill`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Kill {
    /// Its number.
    #[serde(default = "Kill::term")]
    pub signal: i32,
}

impl Kill {
    const fn term() -> i32 {
        15
    }
}

/// Query of `GET /v1/containers/{name}/logs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Follow {
    /// Go on until the container ends.
    #[serde(default)]
    pub follow: bool,
}

fn wait(timeout: Option<u64>) -> Wait {
    timeout.map_or_else(Wait::default, |timeout| Wait { timeout })
}
